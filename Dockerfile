# A release names it by its digest, too (.github/workflows/release.yml).
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
RUN python3 -m venv --without-pip /opt/flowguard
COPY requirements-action.txt /build/
# The lock is complete: nothing is resolved, nothing is built.
RUN python3 -m pip --python /opt/flowguard/bin/python install --quiet --no-cache-dir \
    --no-compile --no-deps --only-binary :all: --require-hashes \
    --disable-pip-version-check --requirement /build/requirements-action.txt
COPY flowguard /build/flowguard
COPY scripts/slim.py /build/
# Bytecode is made here, since no container keeps what it compiles. It holds for its
# source unchecked: nobody edits an image.
RUN ["/opt/flowguard/bin/python", "/build/slim.py", "/build/flowguard"]

FROM ${PYTHON_IMAGE}
# The official images of Python come without the bytecode of its own library, and with
# pip, which nothing here uses and every scanner of vulnerabilities asks about.
RUN library="$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
 && python3 -m compileall -q --invalidation-mode unchecked-hash -x \
    '/(dist-packages|site-packages|__phello__|ensurepip|idlelib|pydoc_data|test|tkinter|turtledemo|venv)/' \
    "$library" \
 && rm -rf "$(python3 -c 'import pip; print(*pip.__path__)')"* "$library/ensurepip" \
    /usr/bin/pip* /usr/local/bin/pip* /usr/share/python-wheels
COPY --from=build /opt/flowguard /opt/flowguard
ARG PYTHON_IMAGE
LABEL org.opencontainers.image.title="FlowGuard" \
      org.opencontainers.image.description="Know before you deploy" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="${PYTHON_IMAGE}"
# Straight to Python: a shell drops the variables of inputs with a hyphen. Isolated
# (-I), so that neither the workspace nor PYTHONPATH can put a module in its way.
# As root, and in no folder of its own, since GitHub's runner asks for both.
ENTRYPOINT ["/opt/flowguard/bin/python", "-IuB", "-m", "flowguard.action"]

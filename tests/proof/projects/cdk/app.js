// An app as `cdk init` makes it: a bootstrapped account, a current version behind an
// alias, inline code, an export, and a parameter that the release gives.
const { App, CfnOutput, CfnParameter, Duration, Stack } = require('aws-cdk-lib');
const { LambdaIntegration, RestApi } = require('aws-cdk-lib/aws-apigateway');
const { Alias, Code, Function, Runtime } = require('aws-cdk-lib/aws-lambda');

class Proof extends Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const release = new CfnParameter(this, 'Release');
    const health = new Function(this, 'Health', {
      runtime: Runtime.PYTHON_3_12,
      handler: 'app.handler',
      code: Code.fromAsset('src'),
      environment: { RELEASE: release.valueAsString },
      timeout: Duration.seconds(10),
    });
    const live = new Alias(this, 'Live', { aliasName: 'live', version: health.currentVersion });
    const greeting = new Function(this, 'Greeting', {
      runtime: Runtime.PYTHON_3_12,
      handler: 'index.handler',
      code: Code.fromInline(`def handler(event, context):
    if not @works@:
        raise RuntimeError("release @release@ is broken")
    return {"statusCode": 200, "body": '{"ok": true, "code": "@release@"}'}
`),
    });
    const api = new RestApi(this, 'Api', { deployOptions: { stageName: 'live' } });
    api.root.addResource('health').addMethod('GET', new LambdaIntegration(live));
    api.root.addResource('greeting').addMethod('GET', new LambdaIntegration(greeting));
    new CfnOutput(this, 'ApiId', { value: api.restApiId });
    new CfnOutput(this, 'HealthFunction', { value: live.functionArn, exportName: 'cdk-proof-health' });
  }
}

new Proof(new App(), 'CdkProof', {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});

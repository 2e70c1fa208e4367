"""AWS as FlowGuard asks it: reads only, each question once, within the limits."""

"""The words FlowGuard speaks: plain values, no input or output."""

"""The FlowLogic backend as its callers see it, and the ways in which it breaks."""

"""A plugin service: apply policies that the dstack server asks over HTTP."""

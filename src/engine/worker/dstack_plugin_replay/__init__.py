"""The part of create-dstack-plugin that runs beside dstack: it replays samples through a plugin as the dstack server would."""

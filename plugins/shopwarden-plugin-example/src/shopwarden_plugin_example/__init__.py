"""A plugin for shopwarden: a rule, a gatherer with its evidence, a platform."""

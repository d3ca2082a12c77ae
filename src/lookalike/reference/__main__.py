"""Writes every generated page: `python -m lookalike.reference`, or `make docs`."""

from lookalike.files import write_text
from lookalike.reference import commands, params

write_text(params.PAGE, params.params_reference())
write_text(commands.PAGE, commands.commands_reference())

"""Many runs at once: states as numbers, transitions looked up in tables.

The tables are filled on demand from `alta.interp.step.transition`, so that the batch interpreter
has no second definition of what an MLP means. Three ideas make it fast.

*Uniform names once.* What is the same at all positions (`alta.lang.uniform`) is held, and worked
out, once a sequence.

*States as numbers.* The uniform variables of a sequence, and the other variables of a position,
are one number each into a table of distinct rows (`interning`); a layer looks numbers up by numbers
(`transitions`).

*Cases.* The rules that can still fire once the uniform names are known are a *case*
(`effects`). What happens at a position depends on the case and on the position's own state
alone, so the many states of the uniform names share few tables, and where the case has no rules
left nothing is done.
"""

from alta.interp.batch.execution import BatchRun, execute
from alta.interp.batch.local_states import LocalStates
from alta.interp.batch.runs import run_batch
from alta.interp.batch.transitions import Transitions

__all__ = ["BatchRun", "LocalStates", "Transitions", "execute", "run_batch"]

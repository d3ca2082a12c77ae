"""The winner of a sweep on the test: once, when all is tried."""

from collections.abc import Callable

from lookalike.kit.errors import LookalikeError
from lookalike.kit.tables import Table
from lookalike.run.run import Run
from lookalike.tools.compare.tables import figures
from lookalike.tools.sweep.experiments import Experiments
from lookalike.tools.sweep.study import SCORED, Study, values_of

BEST, TODAY = "best", "today"
STAGE = "score"


def check_unscored(study: Study) -> None:
    """Check that nobody has seen the test yet, while there are trials left.

    Raises:
        LookalikeError: who goes on choosing after that would choose by the test.
    """
    if SCORED in study.optuna.user_attrs and len(study.trials) < study.sweep.file.trials:
        raise LookalikeError(
            f"{study.sweep.file.name}: its winner has been scored on the test, so that a sweep with more trials needs "
            f"another name; trials: {len(study.trials)} shows the result again"
        )


def score_winner(experiments: Experiments, study: Study, say: Callable[[str], None]) -> None:
    """Run the winner, and the recipe of today, through `score`, unless that is done.

    Raises:
        LookalikeError: no trial ended well, or one of the runs fails.
    """
    best = study.best
    if best is None:
        raise LookalikeError(f"no trial ended well; what each printed is in {experiments.folder}")
    if SCORED in study.optuna.user_attrs:
        return
    for what, values in ((TODAY, {}), (BEST, values_of(best, study.sweep.knobs))):
        name = experiments.name(what)
        say(f"{name} goes through {STAGE}")
        experiment = experiments.start(experiments.copy(0), name, values, STAGE)
        try:
            experiment.hand_over()
        finally:
            # Ended already where all went well; then there is nothing to stop.
            experiment.stop(resumable=True)
    study.optuna.set_user_attr(SCORED, best.number)


def scored_tables(experiments: Experiments, study: Study) -> list[Table]:
    """Return today's recipe and the winner on the test: points with the interval of the difference, rates, params.

    Nothing of the test is there to show before all is tried.
    """
    if SCORED not in study.optuna.user_attrs:
        return []
    today, best = (Run(experiments.root, experiments.name(what)) for what in (TODAY, BEST))
    if not best.files.scores:
        return [Table("The test has no labels: nothing is scored on it.", (), ())]
    return figures(today, best)

"""Hold every ranking against the labels: metrics/, and submission/ with the ensemble's answers."""

import numpy as np

from lookalike.catalog.queries import photographs
from lookalike.catalog.table import Catalog
from lookalike.fusion.confidence import Confidence
from lookalike.fusion.refusal import likely, refused_at, worth
from lookalike.kit.entry import run_stage
from lookalike.kit.files import atomic_path, write_json, write_text
from lookalike.metrics.first_hits import FirstHits
from lookalike.metrics.judgement import Truth, judge
from lookalike.metrics.measures.table import measures_of
from lookalike.metrics.open_set import open_set
from lookalike.metrics.submission import answers, write_refused, write_submissions
from lookalike.metrics.summary import summary
from lookalike.metrics.systems import ENSEMBLE
from lookalike.metrics.tables import write_cmc, write_histogram, write_queries
from lookalike.params.load import load_params
from lookalike.retrieval.ranking import Ranking
from lookalike.run.layout import Layout


def main() -> None:
    """Score the run's models and their ensemble."""
    params, layout = load_params(), Layout()
    score = params.score
    catalog = Catalog.read(layout.catalog)
    truth = Truth.of(catalog)
    systems = [*params.run.models, ENSEMBLE]
    rankings = {name: Ranking.read(layout.ranking(name)) for name in systems}
    judged = {name: judge(ranking, truth) for name, ranking in rankings.items()}
    rng = np.random.default_rng(params.run.seed)
    confidence = Confidence.read(layout.plan)
    likelihood = likely(confidence, rankings[ENSEMBLE])
    measures = measures_of(params.dataset.precision_k)
    figures = summary(params.run.dataset, truth, judged, score.bootstrap, rng, measures)
    if len(truth.query_id):
        figures["open_set"] = {name: open_set(rankings[name], judged[name], truth) for name in systems}
        figures["trust"] = worth(confidence, likelihood, rankings[ENSEMBLE], judged[ENSEMBLE], truth)
    write_json(layout.metrics, figures)
    write_cmc(layout.cmc, judged, score.cmc_depth)
    write_histogram(layout.histograms, rankings, judged, truth, score.histogram_bins)
    write_queries(layout.queries, rankings, judged, truth, {ENSEMBLE: likelihood.first})
    write_text(layout.first_hits, FirstHits.of(truth, judged).text())
    without = refused_at(score.false_accept_rate, confidence, likelihood, rankings[ENSEMBLE])
    with atomic_path(layout.submissions) as folder:
        queries = list(photographs(catalog))
        images = answers(rankings[ENSEMBLE], queries, score.submission_depth, score.cutoff_drop, without)
        write_submissions(folder, score.groupname, images)
        if score.false_accept_rate:
            write_refused(folder, without, score.false_accept_rate, likelihood.unknown)


if __name__ == "__main__":
    run_stage(main)

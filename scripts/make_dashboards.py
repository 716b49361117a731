"""Writes the Grafana dashboards of generated projects: `uv run python -m scripts.make_dashboards`.

The files are in the repository, so that a project needs none of this: whoever has a project changes
them in Grafana, and exports them.
"""

from pathlib import Path

from grafana_foundation_sdk.builders import bargauge, heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.builders.common import ReduceDataOptions
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import VizOrientation
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

OPTION = "{{cookiecutter.project_slug}}/_options/monitoring/prometheus-grafana"
FOLDER = Path(__file__).parent.parent / OPTION / "monitoring/grafana/dashboards"
SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")

Panel = timeseries.Panel | stat.Panel | bargauge.Panel | heatmap.Panel


def query(expression: str, legend: str = "") -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expression).legend_format(legend or "__auto")


def lines(title: str, unit: str, *queries: prometheus.Dataquery, text: str) -> timeseries.Panel:
    panel = timeseries.Panel().title(title).description(text).unit(unit).fill_opacity(5)
    for letter, one in zip("ABC", queries, strict=False):
        panel = panel.with_target(one.ref_id(letter))
    return panel.height(7).span(12)


def number(title: str, unit: str, expression: str, text: str) -> stat.Panel:
    target = query(expression).ref_id("A")
    panel = stat.Panel().title(title).description(text).unit(unit).with_target(target)
    return panel.reduce_options(ReduceDataOptions().calcs(["lastNotNull"])).height(4).span(4)


def bars(title: str, unit: str, target: prometheus.Dataquery, text: str) -> bargauge.Panel:
    panel = bargauge.Panel().title(title).description(text).unit(unit)
    panel = panel.with_target(target.instant().ref_id("A"))
    return panel.orientation(VizOrientation.HORIZONTAL).height(12).span(12)


def dashboard(name: str, title: str, period: str, *panels: Panel) -> str:
    """Return a dashboard as JSON."""
    made = Dashboard(title).uid(name).tags(["model"]).time(period, "now").refresh("30s")
    made = made.timezone("browser").readonly()
    for panel in panels:
        made = made.with_panel(panel.datasource(SOURCE))
    return JSONEncoder(sort_keys=True, indent=2).encode(made.build())


def content(dashboard: str) -> str:
    """Return what the template has of one: legends have braces, which are not the template's."""
    return f"{{% raw %}}\n{dashboard}\n{{% endraw %}}\n"


SERVICE = (
    number("Up", "short", 'sum(up{job="service"})', "Instances that answer."),
    number("Requests", "reqps", "service:requests:rate5m", "Asked for predictions."),
    number("Errors", "percentunit", "service:errors:ratio_rate5m", "Answers with 5xx."),
    number("99 %", "s", "service:latency_seconds:p99_5m", "Ninety-nine of a hundred are faster."),
    number("Waiting", "short", 'sum(waiting_requests{job="service"})', "For a prediction."),
    number(
        "Lost records",
        "short",
        'sum(increase(prediction_log_dropped_total{job="service"}[1h]))',
        "Of the prediction log, in the last hour.",
    ),
    lines(
        "Requests by status",
        "reqps",
        query(
            'sum by (route, status) (rate(requests_total{job="service"}[5m]))',
            "{{route}} {{status}}",
        ),
        text="All routes; statuses from 500 on are the service's own errors.",
    ),
    lines(
        "Latency",
        "s",
        query("service:latency_seconds:p99_5m", "99 %"),
        query("service:latency_seconds:p50_5m", "50 %"),
        text="From the head of a request to its answer.",
    ),
    lines(
        "Share of errors",
        "percentunit",
        query("service:errors:ratio_rate5m", "5 minutes"),
        query("service:errors:ratio_rate1h", "1 hour"),
        query("service:errors:ratio_rate6h", "6 hours"),
        text="The objective is below 0.5 % in 30 days.",
    ),
    lines(
        "Rows",
        "rowsps",
        query('sum(rate(predicted_rows_total{job="service"}[5m]))', "predicted"),
        query('sum(rate(unseen_categories_total{job="service"}[5m]))', "with unknown categories"),
        text="Rows in requests; unknown categories reach the model as missing.",
    ),
    lines(
        "Rows predicted together",
        "short",
        query(
            'sum(rate(batch_rows_sum{job="service"}[5m])) / sum(rate(batch_rows_count{job="service"}[5m]))',
            "mean",
        ),
        text="Requests that come together are answered by one call of the model.",
    ),
    lines(
        "Which model answers",
        "short",
        query('sum by (version) (model_info{job="service"})', "{{version}}"),
        text="1 for the version that answers, by instance added up.",
    ),
)

MODEL = (
    number("Age of the model", "d", "monitor_model_age_days", "Since it was trained."),
    number("Age of its data", "d", "monitor_data_age_days", "Since its newest training row."),
    number("Labels", "percentunit", "monitor_label_coverage", "Of the newest window."),
    number(
        "Delay of labels", "h", "monitor_label_delay_hours", "From prediction to label, median."
    ),
    number("Retrainings", "short", "monitor_retrainings", "That were decided on so far."),
    number("Wanted", "short", "monitor_retraining_wanted", "1: a retraining is to be started."),
    lines(
        "Quality by late labels",
        "short",
        query("monitor_quality", "{{metric}}"),
        text="Of the newest window with enough labels.",
    ),
    lines(
        "Quality on the test rows",
        "short",
        query("monitor_quality_expected", "{{metric}}"),
        text="What the gate has seen: the other panel should look like this one.",
    ),
    lines(
        "Verdicts",
        "short",
        query("monitor_verdict", "{{of}}"),
        text="1 for bad: drift beyond what is usual, or quality lost by more than chance does.",
    ),
    lines(
        "Drift of the predictions",
        "short",
        query('monitor_drift{column="prediction"}', "distance"),
        query('monitor_drift_usual{column="prediction"}', "what is usual"),
        text="In standard deviations of the predictions for the training rows.",
    ),
    heatmap.Panel()
    .title("Predictions")
    .description("How many predictions lie where, in the last five minutes.")
    .with_target(
        query('sum by (le) (increase(prediction_bucket{job="service"}[5m]))', "{{le}}")
        .format(PromQueryFormat.HEATMAP)
        .ref_id("A")
    )
    .height(9)
    .span(24),
)

DATA = (
    number("Predictions", "short", "monitor_predictions", "In the newest window."),
    number("Drifted", "short", "monitor_drifted_columns", "Columns beyond what is usual."),
    number(
        "Unreadable", "short", "monitor_unreadable_records", "Lines of the log that are no records."
    ),
    number("Duplicates", "short", "monitor_duplicate_records", "Records that were there before."),
    number("Last look", "dateTimeFromNow", "1000 * monitor_last_look_seconds", "Of the monitor."),
    number("Failed looks", "short", "monitor_failures_total", "Since the monitor has started."),
    bars(
        "Distance from the training rows",
        "short",
        query("sort_desc(monitor_drift)", "{{column}}"),
        text="Numbers: Wasserstein, in standard deviations. All else: Jensen-Shannon, at most 0.83.",
    ),
    bars(
        "Distance beside what is usual",
        "percentunit",
        query("sort_desc(monitor_drift / (monitor_drift_usual > 0))", "{{column}}"),
        text="Above 100 %, it is farther than any stretch of the training rows.",
    ),
    lines(
        "Distances over time",
        "short",
        query("monitor_drift", "{{column}}"),
        text="Of the newest window.",
    ),
    lines(
        "Missing values",
        "percentunit",
        query("monitor_missing_share", "{{column}}"),
        text="Their share, less that of the training rows.",
    ),
    lines(
        "Unseen values",
        "percentunit",
        query("monitor_unseen_share", "{{column}}"),
        text="The share of values that no training row has.",
    ),
)

DASHBOARDS = {
    "service": dashboard("service", "Service", "now-6h", *SERVICE),
    "model": dashboard("model", "Model", "now-30d", *MODEL),
    "data": dashboard("data", "Data", "now-30d", *DATA),
}

if __name__ == "__main__":
    for name, made in DASHBOARDS.items():
        (FOLDER / f"{name}.json").write_text(content(made), encoding="utf-8")

"""Every model computes the same with floats, with NumPy and in the reader's browser."""

import inspect
import subprocess
import sys
from types import ModuleType

import altair as alt
import numpy as np
import pytest
import vl_convert

from helpers.models import luggage, ops, repatriation, visas, wages_trade

from .vega import evaluate

MODULES = (luggage, repatriation, visas, wages_trade)
RELATIVE = 1e-9
ROWS = 200

# Functions on calendars and series, which a slider never calls; all others must run in Vega.
# Of dates, which are no numbers, `test_repatriation` tries the one function.
NUMPY_ONLY = {
    "repatriation.months_between",
}

# The values that each argument is tried with: from, to, and whether only whole numbers make sense.
ARGUMENTS = {
    "amount": (0, 1e8, False),
    "amount_cny": (0, 1e8, False),
    "arrivals_per_month": (0, 4000, False),
    "bag_kg": (1, 70, False),
    "bags_per_week": (0, 1000, False),
    "bags_per_worker": (0, 5, False),
    "base": (0, 6e8, False),
    "base_amount": (1, 1e6, False),
    "charge_cny_per_kg": (0, 20, False),
    "clearance_cny": (0, 500, False),
    "day": (0, 400, True),
    "days_lost_per_trip": (0, 40, False),
    "departures_per_month": (0, 4000, False),
    "entries": (0, 300000, True),
    "excess_cny": (0, 1000, False),
    "exports": (0, 4e9, False),
    "fee": (0, 2000, False),
    "fine_cap_cny": (0, 200000, False),
    "fine_per_worker_cny": (0, 20000, False),
    "free_kg": (0, 60, False),
    "fx_cny_per_usd": (6, 8, False),
    "goods_kg": (0, 70, False),
    "goods_value_cny_per_bag": (0, 5000, False),
    "groups": (1, 60, True),
    "implied_rate": (50, 2000, False),
    "kg": (0, 120, False),
    "kpw_per_cny": (500, 6000, False),
    "margin_cny_per_kg": (-5, 50, False),
    "market_rate": (500, 6000, False),
    "months": (0, 60, False),
    "nights_away": (0, 14, True),
    "payment_cny_month": (0, 3000, False),
    "rail_cny_per_kg": (0.5, 40, False),
    "rate_per_usd": (100, 40000, False),
    "return_bill_cny": (0, 3000, False),
    "rice_kpw_per_kg": (1000, 30000, False),
    "seat_cny": (0, 1000, False),
    "share_target": (0, 1, False),
    "share_with_paid_bag": (0, 1, False),
    "state_share": (0, 1, False),
    "stay_days": (1, 365, True),
    "stock": (1, 100000, True),
    "take_home_cny": (0, 1000, False),
    "trip_cost_cny": (0, 1000, False),
    "trips_per_year": (1, 52, False),
    "value": (0, 6e8, False),
    "wage": (100, 5000, False),
    "wage_china": (0, 12000, False),
    "wage_china_high": (0, 12000, False),
    "wage_china_low": (0, 12000, False),
    "wage_cny_month": (0, 5000, False),
    "wage_dprk": (0, 5000, False),
    "wage_dprk_high": (0, 5000, False),
    "wage_dprk_low": (0, 5000, False),
    "wage_gap_cny_month": (-1000, 10000, False),
    "weekly_pace": (0, 2000, False),
    "weeks": (0, 52, False),
    "workers": (1, 100000, True),
    "workers_per_week": (0, 1000, True),
    "world_revenue_usd": (0, 2.3e9, False),
    "world_workers": (10000, 150000, True),
}


def public_functions(module: ModuleType) -> dict[str, object]:
    theme = module.__name__.rsplit(".", 1)[-1]
    return {
        f"{theme}.{name}": function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


ALL = {name: f for module in MODULES for name, f in public_functions(module).items()}
MODELS = {name: f for name, f in ALL.items() if name not in NUMPY_ONLY}


def arguments_of(function) -> list[str]:
    return list(inspect.signature(function).parameters)


def outcomes(name: str, result) -> dict[str, object]:
    """Name each part of a result: a range has two."""
    parts = result if isinstance(result, tuple) else (result,)
    return {f"{name}[{i}]": part for i, part in enumerate(parts)}


@pytest.fixture(scope="module")
def draws() -> dict[str, np.ndarray]:
    """Random values for each argument, its lowest and highest first."""
    random = np.random.default_rng(2397)
    values = {}
    for name, (low, high, whole) in ARGUMENTS.items():
        drawn = random.uniform(low, high, ROWS)
        drawn[:40] = random.choice([low, high], 40)
        values[name] = np.round(drawn) if whole else drawn
    return values


@pytest.fixture(scope="module")
def by_numpy(draws) -> dict[str, np.ndarray]:
    results = {}
    for name, function in MODELS.items():
        results |= outcomes(name, function(**{a: draws[a] for a in arguments_of(function)}))
    return results


def test_every_argument_of_every_model_has_values_to_try() -> None:
    missing = {
        f"{name}({argument})"
        for name, function in MODELS.items()
        for argument in arguments_of(function)
        if argument not in ARGUMENTS
    }
    assert not missing, (
        "give these arguments values to try in ARGUMENTS, or list the function in NUMPY_ONLY: "
        f"{sorted(missing)}"
    )


def test_the_tables_name_nothing_that_is_gone() -> None:
    used = {argument for function in MODELS.values() for argument in arguments_of(function)}
    assert set(ARGUMENTS) == used
    assert set(ALL) >= NUMPY_ONLY


def test_a_new_function_is_tried_without_being_listed() -> None:
    """A public function that nobody declared lands in MODELS, so the next tests call it."""
    module = ModuleType("helpers.models.brand_new")
    exec("def doubled(unheard_of):\n    return 2 * unheard_of", module.__dict__)
    module.doubled.__module__ = module.__name__
    assert list(public_functions(module)) == ["brand_new.doubled"]
    assert "unheard_of" not in ARGUMENTS


def test_numpy_and_a_column_in_vega_agree(draws, by_numpy) -> None:
    columns = {argument: alt.datum[argument] for argument in ARGUMENTS}
    texts = {}
    for name, function in MODELS.items():
        result = function(**{a: columns[a] for a in arguments_of(function)})
        texts |= {key: ops.expression_text(part) for key, part in outcomes(name, result).items()}
    rows = [{a: float(draws[a][i]) for a in ARGUMENTS} for i in range(ROWS)]

    by_vega = evaluate(texts, rows)

    assert set(by_vega) == set(by_numpy)
    for key, expected in by_numpy.items():
        np.testing.assert_allclose(by_vega[key], expected, rtol=RELATIVE, atol=0, err_msg=key)


@pytest.mark.parametrize("row", [0, 100])
def test_numpy_and_sliders_in_vega_agree(draws, by_numpy, row) -> None:
    sliders = {
        a: alt.param(name=a, value=float(draws[a][row]), bind=alt.binding_range())
        for a in ARGUMENTS
    }
    texts = {}
    for name, function in MODELS.items():
        result = function(**{a: sliders[a] for a in arguments_of(function)})
        texts |= {key: ops.expression_text(part) for key, part in outcomes(name, result).items()}

    values = {name: slider.param.value for name, slider in sliders.items()}
    by_vega = evaluate(texts, [{"row": row}], signals=values)

    for key, expected in by_numpy.items():
        np.testing.assert_allclose(by_vega[key], expected[[row]], rtol=RELATIVE, err_msg=key)


def test_one_slider_among_plain_numbers_agrees(draws, by_numpy) -> None:
    """The usual chart: one thing moves and the rest stands as the notebook had it."""
    row = ROWS - 1
    plain = {a: float(draws[a][row]) for a in ARGUMENTS}
    texts = {}
    for name, function in MODELS.items():
        given = {a: plain[a] for a in arguments_of(function)}
        for moved in given:
            result = function(**given | {moved: alt.datum[moved]})
            for key, part in outcomes(name, result).items():
                if ops.is_expression(part):
                    texts[key, moved] = ops.expression_text(part)
    assert {key for key, _ in texts} == set(by_numpy)

    for (key, moved), value in evaluate(texts, [plain]).items():
        np.testing.assert_allclose(
            value, by_numpy[key][[row]], rtol=RELATIVE, err_msg=f"{key} by {moved}"
        )


def test_floats_give_floats_equal_to_the_array(draws, by_numpy) -> None:
    wrong = []
    for name, function in MODELS.items():
        for row in range(30, 60):
            scalars = {a: float(draws[a][row]) for a in arguments_of(function)}
            for key, part in outcomes(name, function(**scalars)).items():
                close = np.isclose(part, by_numpy[key][row], rtol=1e-12, equal_nan=True)
                wrong += [] if type(part) is float and close else [(key, row, part)]
    assert not wrong


def test_arrays_broadcast(draws) -> None:
    shapes = {}
    for name, function in MODELS.items():
        first, *rest = arguments_of(function)
        if rest:
            given = {first: draws[first][100:103][:, np.newaxis]}
            grid = function(**given, **{a: draws[a][100:105] for a in rest})
            shapes |= {key: part.shape for key, part in outcomes(name, grid).items()}
    assert {key: shape for key, shape in shapes.items() if shape != (3, 5)} == {}


def test_a_chart_draws_what_a_model_computes() -> None:
    """All the way: an Altair chart with two sliders, one column, and a model between them."""
    weekly = alt.param(name="workers_per_week", value=100, bind=alt.binding_range(min=0, max=500))
    share = alt.param(name="share_with_paid_bag", value=0.5, bind=alt.binding_range(min=0, max=1))
    income = luggage.fee_income(luggage.bags_per_week(weekly, share, 2), alt.datum.fee)
    chart = (
        alt.Chart(alt.Data(values=[{"fee": 700}, {"fee": 1000}]))
        .mark_text()
        .encode(text="label:N")
        .transform_calculate(label=f"'' + {ops.expression_text(income)}")
        .add_params(weekly, share)
    )
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    assert ">3640000<" in svg
    assert ">5200000<" in svg


def test_importing_the_models_brings_neither_altair_nor_pandas() -> None:
    code = (
        "import sys; from helpers.models import luggage, repatriation, visas, wages_trade;"
        "luggage.excess_baggage_cost(70.0, 30.0, 18.0);"
        "print(sorted({'altair', 'pandas'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_every_model_states_its_units() -> None:
    assert not [name for name, function in ALL.items() if "Units:" not in inspect.getdoc(function)]

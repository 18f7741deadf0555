"""Convolutions from events to both chips: over the channels of speech, and over the pixels of an event
camera.
"""

from __future__ import annotations

import numpy as np
import pytest

import delaycore as dc
from delaycore.datasets import EventSet
from delaycore.errors import SettingsError
from delaycore.experiment import Recordings, TrainedFile, train_model
from delaycore.nn import Convolution, Grid
from delaycore.settings import Settings
from delaycore.training import build, fit, predict

WINDOW = {"maps": 3, "kernel": 9, "stride": 6}
CHANNELS = Convolution(Grid(1, 40, 1), 3, (1, 9), (1, 6), (0, 0))


@pytest.fixture(scope="module")
def trained(
    small_settings: Settings, small_recordings: Recordings, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, TrainedFile]:
    """The networks of a run with a convolution, pruned in two rounds with growth between them, and
    fine-tuned for every chip.
    """
    changes = {
        "network": {
            "convolutions": [WINDOW],
            "hidden": [8],
            "delays": {"levels": 4, "stride": 4},
            "leak": "map",
            "gain": 1.5,
        },
        "pruning": {"keep": 2, "rounds": 2, "regrow": True, "epochs": 2},
    }
    settings = Settings.parse({**small_settings.model_dump(), **changes})
    return train_model(settings, small_recordings, tmp_path_factory.mktemp("convolution"))


def test_every_model_has_the_same_weights_at_every_position(trained: dict[str, TrainedFile]) -> None:
    for path in trained.values():
        p = dc.load(path).projections[0]
        row, column = CHANNELS.entries(p.pre, p.post)
        numbers: dict[tuple[int, ...], list[float]] = {}
        for *entry, weight in zip(
            p.delay.tolist(), row.tolist(), column.tolist(), p.weight.tolist(), strict=True
        ):
            numbers.setdefault(tuple(entry), []).append(weight)
        assert len(numbers) == 2 * 9 * 3  # two of each pair's delays are left
        assert all(len(copies) == 6 and len(set(copies)) == 1 for copies in numbers.values())


def test_between_two_rounds_all_positions_grow_the_same_neighbours(trained: dict[str, TrainedFile]) -> None:
    p = dc.load(trained["model"].path.parent / "graphs" / "pruned_round1.safetensors").projections[0]
    grown = p.delay % 4 != 0
    assert grown.any()
    row, column = CHANNELS.entries(p.pre[grown], p.post[grown])
    _, copies = np.unique(np.stack([row, column, p.delay[grown]]), axis=1, return_counts=True)
    assert (copies == 6).all()


@pytest.mark.parametrize("target", ["loihi", "seneca"])
def test_chips_check_map_and_simulate_it(
    trained: dict[str, TrainedFile], small_recordings: Recordings, target: str
) -> None:
    graph = dc.load(trained[f"model_{target}"])
    assert dc.check(graph, target=target).ok
    program = dc.map(graph, target=target)
    result = dc.simulate(program, small_recordings.test.spikes)
    truth = dc.reference.simulate(program.graph, small_recordings.test.spikes[:3])
    assert truth.spikes["c1"].any()
    for name, spikes in truth.spikes.items():
        np.testing.assert_array_equal(result.spikes[name][:3], spikes)


DIRECTIONS = ("east", "west", "south", "north")
SIZE = 6


def moving_bars(seed: int, samples: int, name: str) -> EventSet:
    """Bars that cross a camera of 6 x 6 pixels in one of four directions: every pixel brightens once, and
    darkens a step later.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(samples) % len(DIRECTIONS)
    times, channels, offsets = [], [], [0]
    for label in labels:
        start = int(rng.integers(0, 4))
        events = []
        for line in range(SIZE):
            at = line if label in (0, 2) else SIZE - 1 - line
            for other in range(SIZE):
                if rng.random() < 0.8:
                    y, x = (other, at) if label < 2 else (at, other)
                    events += [(1000 * (start + 2 * line + p), (y * SIZE + x) * 2 + p) for p in (0, 1)]
        events.sort()
        times += [t for t, _ in events]
        channels += [c for _, c in events]
        offsets.append(len(times))
    return EventSet(
        times=np.array(times),
        channels=np.array(channels),
        offsets=np.array(offsets),
        labels=labels,
        speakers=np.zeros(samples, dtype=np.int64),
        classes=DIRECTIONS,
        channel_count=SIZE * SIZE * 2,
        name=name,
        sensor=(SIZE, SIZE, 2),
    )


CAMERA = Settings.parse(
    {
        "framing": {"steps": 18, "step": 1e-3},
        "network": {
            "convolutions": [{"maps": 6, "kernel": 3, "stride": 2, "padding": 1}],
            "hidden": [],
            "delays": {"levels": 4, "stride": 2},
            "gain": 1.5,
            "leak": "map",
            "time_constants": [2e-3, 8e-3],
        },
        "training": {
            "epochs": 8,
            "batch_size": 20,
            "learning_rate": 0.02,
            "dropout": 0.0,
            "channel_shift": 1,
        },
        "pruning": {"keep": 2},
    }
)


def bars(settings: Settings) -> Recordings:
    train, valid, test = (moving_bars(i, n, "bars") for i, n in enumerate((160, 40, 80)))
    return Recordings.of(train, valid, test, settings.framing, "bars")


def test_a_convolution_over_pixels_learns_which_way_things_move() -> None:
    data = bars(CAMERA)
    assert data.framing.sheet == (SIZE, SIZE, 2)
    net = build(CAMERA.network, data.framing.sheet, len(DIRECTIONS), data.step, seed=1)
    fit(net, data.train, data.valid, CAMERA.training, seed=0)
    assert (predict(net, data.test) == data.test.labels).mean() > 0.85
    graph = net.double().to_graph(data.framing)
    truth = dc.reference.simulate(graph, data.test.spikes[:8])
    assert truth.spikes["c1"].any()
    np.testing.assert_array_equal(truth.predictions, predict(net, data.test)[:8])


def test_pixels_move_as_pixels_when_samples_are_moved() -> None:
    from delaycore.training._batches import shuffle_batches

    data = bars(CAMERA)
    moving = CAMERA.training.model_copy(update={"channel_shift": 2, "batch_size": 160})
    ((shown, _),) = shuffle_batches(data.train, moving, 0, 0)
    seen = shown.numpy().transpose(1, 0, 2).reshape(160, 18, SIZE, SIZE, 2)
    before = data.train.spikes[np.random.default_rng((0, 0)).permutation(160)].reshape(seen.shape)
    distances = set()
    for after, sample in zip(seen, before, strict=True):
        wide = np.pad(sample, ((0, 0), (2, 2), (2, 2), (0, 0)))
        fits = [
            (y, x)
            for y in range(5)
            for x in range(5)
            if np.array_equal(after, wide[:, y : y + SIZE, x : x + SIZE])
        ]
        assert fits
        distances |= set(fits)
    assert len(distances) == 25


def test_a_sensor_that_is_not_that_of_the_data_is_refused() -> None:
    for sensor in ([6, 6, 3], [2, 18, 2]):
        settings = Settings.parse({"framing": {"steps": 64, "sensor": sensor}})
        with pytest.raises(
            SettingsError, match=r"framing\.sensor: is .*, but bars has a sensor of \(6, 6, 2\)"
        ):
            bars(settings)

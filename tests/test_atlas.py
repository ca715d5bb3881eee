"""The atlas: what it makes, what survives a kill -9, and its page in a browser."""

import copy
import hashlib
import json
import os
import re
import signal
import subprocess
import sys

import psutil
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from tests.conftest import on_cpu
from tests.lab import ROOT, photograph, until
from vizlib import __main__ as command
from vizlib import atlas, images, models, remake
from vizlib.atlas import page as atlas_page
from vizlib.atlas import task
from vizlib.regularizers import Penalty

NO_GPU = os.environ | {"CUDA_VISIBLE_DEVICES": ""}  # what other processes make is made again here, bit for bit
SMALL = {"recipe": "one_network", "steps": 2, "size": 48}


@pytest.fixture(scope="module")
def cup(tmp_path_factory):
    """A folder with one picture, and its line of the manifest."""
    folder = tmp_path_factory.mktemp("atlas")
    (folder / "pictures").mkdir()
    (wanted,) = atlas.tasks(["cup"], **SMALL)
    with on_cpu():
        return folder, *task.make([wanted], str(folder))


def test_all_classes_have_a_key_of_their_own_and_their_own_name():
    wanted = atlas.tasks(**SMALL)
    assert len({one["key"] for one in wanted}) == len(wanted) == 1000
    assert [one["title"] for one in wanted] == list(models.categories())
    assert all(re.fullmatch(r"\d{3}_\w+", one["key"]) for one in wanted)
    cardigans = {one["key"]: one["objective"] for one in wanted if one["title"].lower() == "cardigan"}
    assert cardigans == {
        "264_Cardigan": [[1.0, "class_score", ["Cardigan"]]],
        "474_cardigan": [[1.0, "class_score", ["cardigan"]]],
    }


def test_a_limit_takes_evenly_from_all_and_never_makes_a_name_twice():
    assert [one["key"][:3] for one in atlas.tasks(limit=5, **SMALL)] == ["000", "200", "400", "600", "800"]
    assert len(atlas.tasks(["cup", "cup", 968], limit=5, **SMALL)) == 1


def test_a_layer_has_a_picture_for_each_channel(lite0):
    wanted = atlas.tasks(layer="block_9", **SMALL)
    with torch.no_grad():
        from vizlib import hooks

        with hooks.record(lite0, ["block_9"]) as seen:
            lite0(torch.zeros(1, 3, 64, 64))
    assert len(wanted) == seen["block_9"].shape[1]
    assert wanted[3]["objective"] == [[1.0, "channel", ["block_9", 3]]]


@pytest.mark.usefixtures("cpu")
def test_a_task_depends_on_nothing_but_its_data(cup, tmp_path):
    folder, line = cup
    (tmp_path / "pictures").mkdir()
    torch.manual_seed(5)
    wanted = json.loads(json.dumps({name: line[name] for name in ("key", "title", "objective", "recipe", "seed")}))
    (other,) = task.make([wanted], str(tmp_path))
    changing = {"seconds"}
    assert {k: v for k, v in other.items() if k not in changing} == {k: v for k, v in line.items() if k not in changing}
    picture = f"pictures/{line['key']}.webp"
    assert (tmp_path / picture).read_bytes() == (folder / picture).read_bytes()
    assert [one.name for one in (tmp_path / "pictures").iterdir()] == [f"{line['key']}.webp"]


def made_again(folder, line):
    """Make a picture of an atlas from its file alone, and compare it with the record."""
    path = folder / "pictures" / f"{line['key']}.webp"
    with on_cpu():
        result = remake.again(path, ())
    assert hashlib.sha256(images.to_pil(result.images[0]).tobytes()).hexdigest() == line["pixels"]
    assert remake.difference(result, path) == 0
    assert not result.settings["notes"]


def test_a_picture_is_made_again_from_its_file_with_its_own_number_of_threads(cup):
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        made_again(*cup)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


@pytest.mark.usefixtures("cpu")
def test_render_again_says_how_far_the_picture_is_from_the_file(cup, tmp_path, capsys):
    folder, line = cup
    path = folder / "pictures" / f"{line['key']}.webp"
    assert command.main(["again", str(path), "-o", str(tmp_path / "a.png")]) == 0
    assert "the same as the file, bit for bit" in capsys.readouterr().out
    with Image.open(path) as picture:
        Image.new("RGB", picture.size).save(tmp_path / "black.webp", exif=picture.getexif())
    assert command.main(["again", str(tmp_path / "black.webp"), "-o", str(tmp_path / "b.png")]) == 0
    assert float(re.search(r"([\d.]+) of 255 levels from the file", capsys.readouterr().out).group(1)) > 50


def test_the_record_knows_what_the_networks_that_took_no_part_say(cup):
    line = cup[1]
    assert [one["network"] for one in line["own"]] == ["efficientnet_lite0"]
    assert [one["network"] for one in line["others"]] == ["efficientnet_lite1", "efficientnet_lite2"]
    assert all(0 <= one["probability"] <= 1 and one["rank"] >= 1 for one in line["own"] + line["others"])
    assert line["threads"] == 1
    assert {"vizlib", "torch"} <= line["versions"].keys()


def of_the_site():
    return sorted(atlas._whole_lines(ROOT / "docs/extra/atlas"), key=lambda line: line["key"])


def test_the_atlas_of_the_site_is_whole_and_its_page_and_its_numbers_are_its_own(tmp_path):
    ours, lines = ROOT / "docs/extra/atlas", of_the_site()
    wanted = atlas.tasks(limit=100)
    assert all({name: line[name] for name in one if name != "recipe"} == {name: one[name] for name in one if name != "recipe"}
               for line, one in zip(lines, wanted, strict=True))  # fmt: skip
    assert len({json.dumps(line["recipe"]) for line in lines}) == 1
    assert len(list((ours / "pictures").iterdir())) == 100
    assert atlas_page.write(tmp_path, lines).read_text("utf-8") == (ours / "index.html").read_text("utf-8")
    first = sum(atlas_page._judge(line)["rank"] == 1 for line in lines)
    assert f"names the class first for {first} of the 100" in (ROOT / "docs/atlas.md").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("index", [8, 41, 96])
def test_a_picture_of_the_site_is_made_again_from_its_file(index):
    # Whichever recipe is the default by now: the file says which made it. Another processor makes another picture of it.
    line = of_the_site()[index]
    path = ROOT / "docs/extra/atlas/pictures" / f"{line['key']}.webp"
    with on_cpu():
        result = remake.again(path)
    assert {said.network for said in result.held_out} == {"efficientnet_lite2"}
    assert result.held_out[0].rank <= 5
    assert result.optimized[0].probability > 0.5


def test_pictures_made_together_are_each_their_own(tmp_path):
    small = ["--recipe", "one_network", "--steps", "2", "--size", "48", "--workers", "1", "--batch", "2"]
    asked = [sys.executable, "-m", "vizlib", "atlas", str(tmp_path), "--classes", "cup", "lemon", "tench", *small]
    subprocess.run(asked, env=NO_GPU, cwd=ROOT, check=True, timeout=300)
    lines = {line["title"]: line for line in atlas._whole_lines(tmp_path)}
    assert set(lines) == {"cup", "lemon", "tench"}
    assert len({line["pixels"] for line in lines.values()}) == 3
    for line in lines.values():
        made_again(tmp_path, line)
    with pytest.raises(ValueError, match="made together must be from 1 to 64, not 65"):
        atlas.run(atlas.tasks(["cup"], **SMALL), tmp_path / "other", batch=65)


def test_a_damaged_picture_and_half_a_line_are_as_good_as_missing(cup, tmp_path):
    line = cup[1]
    (tmp_path / "pictures").mkdir()
    lines = []
    for key in ("whole", "cut", "gone"):
        lines.append(json.dumps(line | {"key": key}))
        (tmp_path / f"pictures/{key}.webp").write_bytes((cup[0] / f"pictures/{line['key']}.webp").read_bytes())
    (tmp_path / "pictures/gone.webp").unlink()
    with (tmp_path / "pictures/cut.webp").open("r+b") as cut:
        cut.truncate(300)
    (tmp_path / "manifest.jsonl").write_text("\n".join([*lines, "3", "{}", lines[0][:200]]))
    assert [one["key"] for one in atlas._whole_lines(tmp_path)] == ["whole"]


def test_what_a_worker_cannot_know_is_named_before_one_starts():
    class Mine(Penalty):
        def __call__(self, images):
            return images.sum()

    with pytest.raises(ValueError, match="made with Mine, which is not one of vizlib's"):
        atlas.tasks(["cup"], **SMALL, regularizers=Mine())
    with pytest.raises(ValueError, match="made with a tensor, which is not one of vizlib's"):
        atlas.tasks(["cup"], **SMALL, start=torch.zeros(3, 48, 48))


@pytest.mark.slow
def test_a_script_needs_no_guard_for_its_main_part(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from vizlib import atlas\n"
        f"wanted = atlas.tasks(['cup'], **{SMALL})\n"
        f"print('failed:', atlas.run(wanted, {str(tmp_path / 'out')!r}, workers=1), __file__, __spec__)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout == f"failed: [] {script} None\n"
    is_whole(tmp_path / "out", 1)


def test_a_mistake_ends_in_one_sentence(cup, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    folder, line = cup
    (tmp_path / "other/pictures").mkdir(parents=True)
    (tmp_path / f"other/pictures/{line['key']}.webp").write_bytes(
        (folder / f"pictures/{line['key']}.webp").read_bytes()
    )
    (tmp_path / "other/manifest.jsonl").write_text(json.dumps(line) + "\n")
    new, few = str(tmp_path / "new"), ["--classes", "cup", "--steps", "1", "--size", "48"]
    for arguments, sentence in [
        ([str(tmp_path / "file/out"), *few], "cannot be written: Not a directory"),
        ([str(tmp_path / "file"), *few], "cannot be written: "),
        ([str(tmp_path / "other"), *few], "made with other settings: take another folder"),
        ([new, "--classes", "dumbel"], "nearest: 'dumbbell'"),
        ([new, "--layer", "block_99"], "no layer 'block_99'"),
        ([new, "--recipe", "nice"], "no recipe 'nice'"),
        ([new, "--classes", "cup", "--size", "16"], "side must be from 32"),
        ([new, "--layer", "block_9", "--size", "16"], "side must be from 32"),
        ([new, *few, "--limit", "0"], "The limit must be"),
        ([new, *few, "--workers", "0"], "The number of workers must be"),
        ([new, *few, "--workers", "1", "--scheduler", "tcp://127.0.0.1:1"], "leave --workers out"),
    ]:
        assert command.main(["atlas", *arguments]) == 1, arguments
        err = capsys.readouterr().err
        assert sentence in err
        assert err.count("\n") == 1
    with atlas._alone_in(tmp_path / "other"):
        assert command.main(["atlas", str(tmp_path / "other"), *few]) == 1
    assert "Another process is writing into" in capsys.readouterr().err


COUNT, MIDDLE = 24, 5


def start(folder, *arguments, count=COUNT):
    """The command in a process of its own: small pictures of 24 classes, 32 steps."""
    small = ["--limit", str(count), "--recipe", "one_network", "--steps", "32", "--size", "48", *arguments]
    command = [sys.executable, "-m", "vizlib", "atlas", str(folder), *small]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=NO_GPU)


def lines_of(folder):
    path = folder / "manifest.jsonl"
    return [json.loads(one) for one in path.read_text().splitlines()] if path.exists() else []


def wait_for_the_middle(folder, client):
    def there():
        assert client.poll() is None, client.stderr.read()
        return (folder / "manifest.jsonl").exists() and (folder / "manifest.jsonl").read_text().count("\n") >= MIDDLE

    until(there, f"{MIDDLE} pictures", seconds=1800)
    processes = psutil.Process(client.pid).children(recursive=True)
    return processes, [one for one in processes if "--multiprocessing-fork" in one.cmdline()]


def is_whole(folder, count=COUNT):
    lines = lines_of(folder)
    assert len(lines) == len({line["key"] for line in lines}) == count
    assert sorted(one.name for one in (folder / "pictures").iterdir()) == sorted(
        f"{line['key']}.webp" for line in lines
    )
    assert not (folder / "failures.jsonl").exists()
    for line in lines:
        made_again(folder, line)


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_nothing(tmp_path):
    client = start(tmp_path, "--workers", "2")
    processes, workers = wait_for_the_middle(tmp_path, client)
    listening = [one for process in processes for one in process.net_connections("inet") if one.status == "LISTEN"]
    listening += [one for one in psutil.Process(client.pid).net_connections("inet") if one.status == "LISTEN"]
    assert listening
    assert {one.laddr.ip for one in listening} == {"127.0.0.1"}
    assert len(workers) == 2
    assert not any("MALLOC_TRIM_THRESHOLD_" in one.environ() for one in workers)  # they keep the memory that is freed
    os.kill(workers[0].pid, signal.SIGKILL)
    out, err = client.communicate(timeout=1800)
    assert client.returncode == 0, err
    assert f"{COUNT} of {COUNT} pictures are there" in out
    before = lines_of(tmp_path)
    assert start(tmp_path).wait(1800) == 0
    assert lines_of(tmp_path) == before
    is_whole(tmp_path)


@pytest.mark.slow
def test_a_client_that_is_killed_goes_on_where_it_was(tmp_path):
    client = start(tmp_path)
    processes, _ = wait_for_the_middle(tmp_path, client)
    client.kill()
    client.wait()
    assert not psutil.wait_procs(processes, timeout=600)[1]  # the workers go when nobody waits for them
    kept = lines_of(tmp_path)
    assert MIDDLE <= len(kept) < COUNT
    # What else a power cut may leave: half a line, half a picture, a picture that nobody knows of.
    (tmp_path / "pictures" / f".{kept[0]['key']}.0.part").write_bytes(b"half")
    (tmp_path / "pictures" / f"{kept[1]['key']}.webp").write_bytes(b"half")
    with (tmp_path / "manifest.jsonl").open("a") as manifest:
        manifest.write(json.dumps(kept[2])[:100])
    client = start(tmp_path)
    out, err = client.communicate(timeout=1800)
    assert client.returncode == 0, err
    now = {line["key"]: line for line in lines_of(tmp_path)}
    assert [line for line in kept if now[line["key"]] == line] == [kept[0], *kept[2:]]
    is_whole(tmp_path)


@pytest.mark.slow
def test_what_fails_three_times_is_listed_and_the_rest_is_made(tmp_path):
    broken = tmp_path / "pictures/000_tench.webp"
    (broken / "in the way").mkdir(parents=True)
    client = start(tmp_path, count=3)
    out, err = client.communicate(timeout=1800)
    assert client.returncode == 1
    assert "2 of 3 pictures are there" in out
    assert "1 failed" in err
    (failure,) = [json.loads(one) for one in (tmp_path / "failures.jsonl").read_text().splitlines()]
    assert failure["key"] == "000_tench"
    assert failure["error"].startswith("IsADirectoryError")
    assert not list((tmp_path / "pictures").glob("*.part"))  # what could not be renamed is not left behind
    (broken / "in the way").rmdir()
    broken.rmdir()
    assert start(tmp_path, count=3).wait(1800) == 0
    is_whole(tmp_path, 3)


@pytest.mark.slow
def test_a_scheduler_elsewhere(tmp_path):
    address = tmp_path / "scheduler.json"
    local = ["--scheduler-file", str(address), "--no-dashboard", "--host", "127.0.0.1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": NO_GPU}
    dask = [sys.executable, "-m", "dask"]
    scheduler = subprocess.Popen([*dask, "scheduler", *local, "--port", "0"], **quiet)
    worker = subprocess.Popen([*dask, "worker", *local, "--nthreads", "1"], **quiet)
    try:
        until(lambda: address.exists() and address.read_text().strip().endswith("}"), "the scheduler", seconds=120)
        client = start(tmp_path / "out", "--scheduler", json.loads(address.read_text())["address"], count=3)
        out, err = client.communicate(timeout=1800)
        assert client.returncode == 0, err
        is_whole(tmp_path / "out", 3)
    finally:
        for process in (worker, scheduler):
            process.terminate()
            process.wait(60)
    client = start(tmp_path / "none", "--scheduler", "tcp://127.0.0.1:9", count=1)
    out, err = client.communicate(timeout=1800)
    assert client.returncode == 1
    assert "There is no Dask scheduler at 'tcp://127.0.0.1:9'" in err.splitlines()[-1]


@pytest.fixture(scope="module")
def thousand(cup, tmp_path_factory):
    """The page of 1,000 pictures: one file under many names; what the other network says grows with the number."""
    folder = tmp_path_factory.mktemp("thousand")
    (folder / "pictures").mkdir()
    content = (cup[0] / f"pictures/{cup[1]['key']}.webp").read_bytes()
    lines = []
    for n, name in enumerate(models.categories()):
        line = copy.deepcopy(cup[1]) | {"key": f"{n:03}", "title": name}
        sure = (n * 7 % 1000) / 1000
        line["others"][1] |= {"probability": sure, "rank": 1 if sure > 0.5 else 7, "top": name if sure > 0.5 else "<b>"}
        (folder / f"pictures/{n:03}.webp").write_bytes(content)
        lines.append(line)
    return atlas_page.write(folder, lines)


def test_the_text_alternative_comes_from_the_record(cup):
    line = copy.deepcopy(cup[1])
    line["others"][1] |= {"rank": 4, "probability": 0.1, "top": "bucket", "top_probability": 0.6}
    words = "Made for cup. efficientnet_lite2, which took no part, says bucket at 0.60. cup is at place 4, 0.10."
    assert atlas_page.alt(line) == words
    line["others"][1] |= {"rank": 1, "probability": 0.9, "top": "cup", "top_probability": 0.9}
    assert atlas_page.alt(line) == "Made for cup. efficientnet_lite2, which took no part, says cup at 0.90."


@pytest.mark.browser
class TestPage:
    @pytest.fixture(autouse=True)
    def opened(self, page, thousand):
        self.page, self.asked = page, []
        page.on("request", lambda request: self.asked.append(request.url))
        self.errors = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(thousand.as_uri())
        yield
        assert not self.errors
        assert all(url.startswith(("data:", thousand.parent.as_uri())) for url in self.asked)

    def shown(self):
        return self.page.eval_on_selector_all("#pictures li:not([hidden])", "all => all.map(one => one.dataset.name)")

    def test_pictures_load_as_one_scrolls(self):
        def loaded():
            there = "all => all.map(one => one.complete && one.naturalWidth > 0)"
            return self.page.eval_on_selector_all("#pictures img", there)

        until(lambda: sum(loaded()) > 10, "the first pictures")
        assert sum(loaded()) < 500
        self.page.locator("#pictures li").last.scroll_into_view_if_needed()
        until(lambda: loaded()[-1], "the last picture")
        assert sum(loaded()) < 1000

    def test_search_and_order(self):
        assert len(self.shown()) == 1000
        self.page.get_by_label("Search by name").fill("TERRIER")
        assert self.shown()
        assert all("terrier" in name for name in self.shown())
        expected = f"{len(self.shown())} of 1000 pictures"
        assert self.page.get_by_role("status").inner_text() == expected
        self.page.get_by_label("Search by name").fill("")
        order = self.page.get_by_label("Order")
        order.select_option(label="doubted by the other network first")
        assert self.shown()[:2] == [models.categories()[0].lower(), models.categories()[143].lower()]
        order.select_option(label="recognized by the other network first")
        assert self.shown()[-1] == models.categories()[0].lower()
        order.select_option(label="by name")
        assert self.shown()[0] == "abacus"

    def test_a_picture_large_by_keyboard(self):
        self.page.get_by_label("Search by name").fill("dumbbell")
        self.page.keyboard.press("Tab")
        self.page.keyboard.press("Tab")
        self.page.keyboard.press("Enter")
        dialog = self.page.get_by_role("dialog", name="dumbbell")
        dialog.wait_for()
        assert "python -m vizlib again 543.webp -o 543.png" in dialog.inner_text()
        assert "one_network" not in dialog.inner_text()  # settings, not names of them
        for words in ("fourier", "Jitter(pixels 24)", "class_score('cup')", "took no part"):
            assert words in dialog.inner_text()
        self.page.keyboard.press("Escape")
        dialog.wait_for(state="hidden")
        assert "dumbbell" in self.page.evaluate("document.activeElement.innerText")
        self.page.get_by_label("Search by name").fill("")
        self.page.locator("#pictures button").first.focus()
        self.page.keyboard.press("Enter")
        self.page.keyboard.press("ArrowRight")
        assert self.page.locator("#title").inner_text() == models.categories()[1]
        assert "goldfish" in self.page.locator("#picture").get_attribute("alt")
        self.page.keyboard.press("ArrowLeft")
        self.page.keyboard.press("ArrowLeft")
        assert self.page.locator("#title").inner_text() == models.categories()[0]

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [360, 1300])
    def test_accessible_in_both_schemes_and_on_a_phone(self, scheme, width):
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({"width": width, "height": 800})
        for opened in (False, True):
            if opened:
                self.page.locator("#pictures button").nth(2).click()
            found = Axe().run(self.page).response
            assert len(found["passes"]) > 10
            assert not [one["id"] for one in found["violations"]]
            assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            photograph(self.page, f"atlas_{scheme}_{width}_{'large' if opened else 'all'}")

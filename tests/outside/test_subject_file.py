"""A subject file: what it may say, what is taken for given, and what is said of each mistake in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runtimes.definition import PORT, READY_WITHIN_S, HookResult, Wire
from runtimes.subject_file import SubjectFileError, languages, meant_key, of_image, read
from runtimes.subjects import NONE, OWN, Given, Subject, discover

if TYPE_CHECKING:
    from pathlib import Path

THERE = discover()


def written(folder: Path, text: str, name: str = "acme.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def one(folder: Path, text: str, name: str = "acme.toml") -> Subject:
    """The one subject of a file with this text."""
    (found,) = read(written(folder, text, name), THERE)
    return found


def refused(folder: Path, text: str) -> str:
    """What is said of a file with this text, without the folder's own path."""
    with pytest.raises(SubjectFileError) as caught:
        read(written(folder, text), THERE)
    return str(caught.value).replace(f"{folder}/", "")


# ------------------------------------------------------------------------------------------------ what it says


def test_an_image_alone_is_a_black_box_with_everything_else_taken_for_given(tmp_path: Path) -> None:
    found = one(tmp_path, 'image = "acme/app:1"')
    assert (found.name, found.image, found.function, found.keeps_records) == ("acme", "acme/app:1", NONE, False)
    assert (found.table.port, found.table.ready_within_s, found.table.invoke) == (PORT, READY_WITHIN_S, "POST /invoke")
    assert (found.wire, found.concurrency, found.kind) == (Wire.HTTP, 1, "custom-container")
    assert found.origin == str(tmp_path / "acme.toml")
    assert any("wire http" in text for text in found.guessed)
    assert any("function" in text for text in found.guessed)


def test_every_key_stands_in_the_value(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        """
        name = "acme-runtime"
        title = "ACME"
        image = "acme/runtime:1"
        function = "nodejs"
        wire = "runtime-api"
        code-directory = "/srv/code"
        command = "/bin/start --now 'two words'"
        port = 8080
        environment = { MODE = "test" }
        concurrency = 7
        memory-mb = 512
        processes = 300
        capabilities = ["NET_BIND_SERVICE"]
        user = "1000:1000"
        ready-within-s = 30
        invoke = "GET /"
        hooks = ["pre-stop"]
        """,
    )
    table = found.table
    assert (found.name, found.title, found.image) == ("acme-runtime", "ACME", "acme/runtime:1")
    assert (found.function, found.layered, found.keeps_records, found.kind) == ("nodejs", True, True, "nodejs")
    assert (found.wire, found.code_directory, found.hooks) == (Wire.RUNTIME_API, "/srv/code", ("pre-stop",))
    assert table.command == ["/bin/start", "--now", "two words"]
    assert (table.port, table.environment, table.concurrency) == (8080, {"MODE": "test"}, 7)
    assert (table.memory_mb, table.processes, table.capabilities) == (512, 300, ["NET_BIND_SERVICE"])
    assert (table.user, table.ready_within_s, table.invoke) == ("1000:1000", 30, "GET /")
    assert found.guessed == ()


def test_an_image_with_the_function_in_it_already_keeps_records_and_gets_no_layer(tmp_path: Path) -> None:
    found = one(tmp_path, 'image = "acme/runtime:1"\nfunction = "own"')
    assert (found.function, found.keeps_records, found.layered) == (OWN, True, False)


def test_a_vendors_runtime_takes_one_call_at_a_time_unless_it_says_otherwise(tmp_path: Path) -> None:
    api = one(tmp_path, 'image = "a"\nfunction = "python"\nwire = "runtime-api"')
    assert api.concurrency == 1
    http = one(tmp_path, 'image = "a"\nfunction = "python"')
    assert http.concurrency == languages(THERE)["python"].concurrency > 1


def test_a_black_box_whose_file_is_silent_declares_no_concurrency_of_its_own(tmp_path: Path) -> None:
    assert not one(tmp_path, 'image = "a"').declares_concurrency
    assert one(tmp_path, 'image = "a"\nconcurrency = 1').declares_concurrency
    assert one(tmp_path, 'image = "a"\nfunction = "python"').declares_concurrency


@pytest.mark.parametrize(
    ("wire", "kind", "result"),
    [
        ("http", "custom-container", HookResult.RESPONSE),
        ("runtime-api", "custom", HookResult.NOTHING),
        ("none", "custom-container-noweb", HookResult.NOTHING),
    ],
)
def test_a_black_box_is_judged_by_the_row_of_those_that_speak_as_it_does(
    wire: str, kind: str, result: HookResult, tmp_path: Path
) -> None:
    found = one(tmp_path, f'image = "a"\nwire = "{wire}"')
    assert (found.kind, found.hook_result) == (kind, result)


def test_without_an_image_it_is_our_reference_with_its_settings(tmp_path: Path) -> None:
    found = one(tmp_path, 'function = "go"\n[settings]\nfc-runtime-go-sdk = "v0.2.7"')
    reference = languages(THERE)["go"]
    assert (found.image, found.folder, found.layered) == ("", reference.folder, False)
    assert found.definition.settings == {**reference.definition.settings, "fc-runtime-go-sdk": "v0.2.7"}
    assert found.name == "acme"
    assert found.title.startswith(reference.title)


def test_several_subjects_stand_in_one_file(tmp_path: Path) -> None:
    text = '[[subject]]\nname = "one"\nimage = "a"\n\n[[subject]]\nname = "two"\nimage = "b"\n'
    first, second = read(written(tmp_path, text), THERE)
    assert (first.name, first.image, second.name, second.image) == ("one", "a", "two", "b")
    assert second.origin.endswith("acme.toml:5")


def test_a_file_with_the_name_of_one_of_our_runtimes_gets_a_name_of_its_own(tmp_path: Path) -> None:
    assert one(tmp_path, 'image = "a"', "nodejs.toml").name == "nodejs-2"
    assert one(tmp_path, 'image = "a"', "My Runtime_1.toml").name == "my-runtime-1"
    assert one(tmp_path, 'image = "a"', "1.toml").name == "subject-1"


def test_a_library_of_this_machine_is_found_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "sdk").mkdir()
    found = one(tmp_path, 'function = "go"\n[settings]\nfc-runtime-go-sdk = "./sdk"')
    assert found.libraries == (("fc-runtime-go-sdk", tmp_path / "sdk"),)


# ------------------------------------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image = ", "acme.toml: is not valid TOML: "),
        ("", "names neither an image nor a function: say image = (what you have built), or function = ("),
        ('image = "a"\nprot = 1', "acme.toml:2: prot: is no key of a subject; did you mean port?"),
        ('image = "a"\ncaPort = 1', "acme.toml:2: caPort: is no key of a subject; did you mean port?"),
        ('image = "a"\nxyzzy = 1', "acme.toml:2: xyzzy: is no key of a subject; there are name, title, image"),
        ('image = "a"\n\nport = "x"', "acme.toml:3: port: expected `int`, got `str`"),
        ('image = "a"\nport = 0', "acme.toml:2: port: expected `int` >= 1"),
        ('image = "a"\ninvoke = "/"', 'acme.toml:2: invoke: expected a method and a path, as in "GET /"'),
        ('image = "a"\ncode-directory = "x"', "acme.toml:2: code-directory: expected a path from the root"),
        ('image = "a"\nname = "A B"', "acme.toml:2: name: expected small letters, digits and hyphens, a letter first"),
        ('image = "a"\nhooks = ["stop"]', "acme.toml:2: hooks: "),
        ('image = "a"\nname = "go"', "acme.toml:2: name: go is the name of a runtime of this project; give it another"),
        (
            'image = "a"\nfunction = "pyhton"',
            "acme.toml:2: function: there is no pyhton; did you mean python? there are",
        ),
        ('image = "a"\nfunction = "cobol"', "acme.toml:2: function: there is no cobol; there are "),
        ('function = "none"', "function = none needs an image"),
        ('function = "own"', "function = own needs an image"),
        ('image = "a"\n[settings]\nx = 1', "acme.toml:2: settings: have no use: nothing of ours is built"),
        ('function = "go"\n[settings]\nfc-runtime-go-skd = "v1"', "did you mean fc-runtime-go-sdk?"),
        ('function = "go"\n[settings]\nfc-runtime-go-sdk = "./gone"', "there is no folder "),
        ('[[subject]]\nimage = "a"\n[[subject]]\nimage = "b"', "acme.toml:1: has no name: where a file has several"),
        ('title = "x"\n[[subject]]\nimage = "a"', "acme.toml:1: title: stands beside [[subject]]: put it into the"),
        ("subject = 3", "acme.toml:1: is a table [[subject]] for each subject"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_do(text: str, said: str, tmp_path: Path) -> None:
    assert said in refused(tmp_path, text)


def test_every_unknown_key_is_told_at_once(tmp_path: Path) -> None:
    assert len(refused(tmp_path, 'image = "a"\nprot = 1\nenv = { A = "b" }').splitlines()) == 2


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SubjectFileError, match=r"gone\.toml: cannot be read: No such file"):
        read(tmp_path / "gone.toml", THERE)


def test_what_people_write_elsewhere_leads_to_the_key_that_is_meant() -> None:
    assert meant_key("memoryMb") == "memory-mb"
    assert meant_key("Entrypoint") == "command"
    assert meant_key("instanceConcurrency") == "concurrency"
    assert meant_key("zzz") == ""


# ------------------------------------------------------------------------------------------------ the command line


def test_an_image_of_the_command_line_is_named_by_its_last_part() -> None:
    found = of_image("registry/my/app:dev", Given(), THERE)
    assert (found.name, found.image, found.origin) == ("app", "registry/my/app:dev", "--image registry/my/app:dev")
    assert of_image("my/nodejs@sha256:00", Given(), THERE, ["nodejs-2"]).name == "nodejs-3"


def test_what_the_options_say_of_an_image_stands_in_its_table() -> None:
    table = of_image("app", Given(8080, "GET /health?x=1", "python3 -m app"), THERE).table
    assert (table.port, table.invoke, table.command) == (8080, "GET /health?x=1", ["python3", "-m", "app"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Given(invoke="/"), '--invoke: expected "METHOD /path", as in "GET /", not /'),
        (Given(invoke="get /"), "--invoke: "),
        (Given(port=70_000), "--port: "),
        (Given(command=""), "--command: "),
    ],
)
def test_an_option_that_cannot_be_meant_is_told_by_its_name(given: Given, said: str) -> None:
    with pytest.raises(SubjectFileError) as caught:
        of_image("app", given, THERE)
    assert str(caught.value).startswith(said)

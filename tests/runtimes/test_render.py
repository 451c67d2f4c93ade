"""From a runtime's folder to its build context: digests, overlays, and errors that name their template."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtimes import definition
from runtimes.render import DIGEST_LENGTH, BuildContext, RenderError, render
from runtimes.subjects import Overlay, Subject, discover
from tests.runtimes.test_definition import WHOLE, a_runtime


def rendered(
    path: Path, *, base: str = "base:dev", base_id: str = "sha256:1", overlay: Path | None = None
) -> BuildContext:
    """The context of the first subject of the definition at ``path``."""
    loaded = definition.load(path)
    over = Overlay(overlay, "language/breaks.something") if overlay is not None else None
    subject = Subject("language", path.parent, loaded, loaded.subject[0], over)
    return render(subject, base_image=base, base_image_id=base_id)


def an_overlay(root: Path, text: str) -> Path:
    folder = root / "overlay"
    folder.mkdir()
    (folder / "handler.x.j2").write_text(text)
    return folder


def test_every_file_is_rendered_with_the_definitions_values(tmp_path: Path) -> None:
    context = rendered(a_runtime(tmp_path))
    assert dict(context.files) == {"Dockerfile": "FROM base:dev\n", "index.x": "index.handler\n"}


def test_the_same_input_gives_the_same_digest(tmp_path: Path) -> None:
    path = a_runtime(tmp_path)
    assert rendered(path) == rendered(path)
    assert len(rendered(path).digest) == DIGEST_LENGTH


def test_the_digest_changes_with_every_input(tmp_path: Path) -> None:
    path = a_runtime(tmp_path)
    digests = [
        rendered(path).digest,
        rendered(path, base="base:next").digest,
        rendered(path, base_id="sha256:2").digest,
    ]
    path.write_text(WHOLE.replace('invoke = "index.handler"', 'invoke = "index.other"'))
    digests.append(rendered(path).digest)
    path.write_text(WHOLE.replace('"index.x"', '"index.y"'))
    digests.append(rendered(path).digest)
    path.write_text(WHOLE)
    (path.parent / "handler.x.j2").write_text("another text\n")
    digests.append(rendered(path).digest)
    assert len(set(digests)) == len(digests)


def test_the_digest_tells_a_path_from_a_text(tmp_path: Path) -> None:
    one = a_runtime(tmp_path / "one", WHOLE.replace('"index.x"', '"ab"'))
    two = a_runtime(tmp_path / "two", WHOLE.replace('"index.x"', '"a"'))
    (one.parent / "handler.x.j2").write_text("c")
    (two.parent / "handler.x.j2").write_text("bc")
    assert rendered(one).digest != rendered(two).digest


def test_source_code_is_not_escaped_and_keeps_its_last_line_end(tmp_path: Path) -> None:
    path = a_runtime(tmp_path)
    (path.parent / "handler.x.j2").write_text("if a < b && c: '\"'\n")
    assert rendered(path).files["index.x"] == "if a < b && c: '\"'\n"


def test_a_name_that_is_not_defined_names_the_template(tmp_path: Path) -> None:
    path = a_runtime(tmp_path)
    (path.parent / "handler.x.j2").write_text("{{ settings.skd }}")
    with pytest.raises(RenderError, match=r"handler\.x\.j2: .*skd"):
        rendered(path)


def test_a_malformed_template_is_named_with_its_line(tmp_path: Path) -> None:
    path = a_runtime(tmp_path)
    (path.parent / "handler.x.j2").write_text("first\n{% block %}\n")
    with pytest.raises(RenderError, match=r"handler\.x\.j2:2:"):
        rendered(path)


def test_a_template_that_needs_a_missing_one_is_named(tmp_path: Path) -> None:
    path = a_runtime(tmp_path)
    (path.parent / "handler.x.j2").write_text('{% extends "nowhere.j2" %}')
    with pytest.raises(RenderError, match=r"handler\.x\.j2: needs the template nowhere\.j2"):
        rendered(path)


# ------------------------------------------------------------------------------------------------ overlays


def test_an_overlay_overrides_one_block_of_the_reference_and_leaves_the_rest(tmp_path: Path) -> None:
    path = a_runtime(tmp_path / "runtimes")
    (path.parent / "handler.x.j2").write_text("head\n{% block body %}\nright\n{% endblock %}\ntail\n")
    overlay = an_overlay(tmp_path, '{% extends "reference/handler.x.j2" %}\n{% block body %}\nwrong\n{% endblock %}')
    context = rendered(path, overlay=overlay)
    assert context.files["index.x"] == "head\nwrong\ntail\n"
    assert context.files["Dockerfile"] == rendered(path).files["Dockerfile"]
    assert context.digest != rendered(path).digest


def test_an_overlay_can_use_what_it_overrides(tmp_path: Path) -> None:
    path = a_runtime(tmp_path / "runtimes")
    overlay = an_overlay(
        tmp_path, '{% extends "reference/handler.x.j2" %}{% block body %}not {{ super() }}{% endblock %}'
    )
    assert rendered(path, overlay=overlay).files["index.x"] == "not index.handler\n"


def test_an_overlay_is_not_seen_without_being_named(tmp_path: Path) -> None:
    path = a_runtime(tmp_path / "runtimes")
    an_overlay(tmp_path, "wrong")
    assert rendered(path).files["index.x"] == "index.handler\n"


def test_an_overlay_knows_the_line_that_says_its_fault_was_taken_and_the_reference_does_not(tmp_path: Path) -> None:
    path = a_runtime(tmp_path / "runtimes")
    overlay = an_overlay(tmp_path, "print {{ in_force }}")
    assert rendered(path, overlay=overlay).files["index.x"] == "print in force: language/breaks.something"
    (path.parent / "handler.x.j2").write_text("print {{ in_force }}")
    with pytest.raises(RenderError, match="in_force"):
        rendered(path)


def test_a_mistake_in_an_overlay_names_the_overlays_file(tmp_path: Path) -> None:
    path = a_runtime(tmp_path / "runtimes")
    overlay = an_overlay(tmp_path, '{% extends "reference/handler.x.j2" %}\n{% block %}')
    with pytest.raises(RenderError, match=r"overlay/handler\.x\.j2:2: "):
        rendered(path, overlay=overlay)


# ------------------------------------------------------------------------------------------------ what is shipped

SHIPPED = [one for one in discover() if isinstance(one, Subject)]


@pytest.mark.parametrize("of", SHIPPED, ids=[one.name for one in SHIPPED])
def test_every_shipped_runtime_renders(of: Subject) -> None:
    context = render(of, base_image="base:dev", base_image_id="sha256:1")
    assert set(context.files) == set(of.definition.files)
    assert "FROM base:dev" in context.files["Dockerfile"]
    # Some languages write double braces themselves; an unrendered name of ours never stays behind.
    for name in ("base_image", "handlers.", "settings.", "runtime."):
        assert not any("{{ " + name in text for text in context.files.values())
    assert all(text.endswith("\n") for text in context.files.values())


@pytest.mark.parametrize("of", SHIPPED, ids=[one.name for one in SHIPPED])
def test_every_template_of_a_shipped_runtime_is_used(of: Subject) -> None:
    alone = of.definition.function
    templates = [*of.definition.files.values(), *([*alone.files.values(), alone.build] if alone is not None else [])]
    used = {Path(template).name for template in templates}
    included = {
        path.name
        for path in of.folder.glob("*.j2")
        if any(f'"{path.name}"' in other.read_text(encoding="utf-8") for other in of.folder.glob("*.j2"))
    }
    assert {path.name for path in of.folder.glob("*.j2")} <= used | included


def test_subjects_share_an_image_where_they_share_folder_and_settings_and_nowhere_else() -> None:
    digests: dict[tuple[Path, str], set[str]] = {}
    for one in SHIPPED:
        context = render(one, base_image="base:dev", base_image_id="sha256:1")
        digests.setdefault((one.folder, repr(one.definition.settings)), set()).add(context.digest)
    assert all(len(found) == 1 for found in digests.values())
    assert len({next(iter(found)) for found in digests.values()}) == len(digests)


def test_a_setting_of_a_subject_reaches_its_image_and_no_other(tmp_path: Path) -> None:
    second = (
        WHOLE[WHOLE.index("[[subject]]") :].replace('"language"', '"language-old"') + 'settings = { sdk = "1.0.0" }\n'
    )
    path = a_runtime(tmp_path, WHOLE + second)
    (path.parent / "handler.x.j2").write_text("needs {{ settings.sdk }}\n")
    contexts = {
        one.name: render(one, base_image="base:dev", base_image_id="sha256:1")
        for one in discover(tmp_path)
        if isinstance(one, Subject)
    }
    assert {name: context.files["index.x"] for name, context in contexts.items()} == {
        "language": "needs 1.2.3\n",
        "language-old": "needs 1.0.0\n",
    }
    assert contexts["language"].digest != contexts["language-old"].digest

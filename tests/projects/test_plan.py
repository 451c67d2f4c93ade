"""What has to be built of a function, and the one message where something is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtimes.definition import Wire
from runtimes.projects import reader
from runtimes.projects.folder import CodeFolder
from runtimes.projects.languages import LANGUAGES
from runtimes.projects.mistakes import ConfigurationError
from runtimes.projects.plan import Kind, Plan, plan
from runtimes.subjects import Subject, discover

CODE = Path("/project/code")


def planned(
    props: str, *files: str, executable: tuple[str, ...] = (), texts: dict[str, str] | None = None, code: bool = True
) -> Plan:
    """The plan of a function of 3.0 with these keys, whose folder holds these files."""
    project = reader.read(f"resources: {{f: {{component: fc3, props: {{functionName: f, {props}}}}}}}")
    texts = texts or {}
    inventory = CodeFolder(CODE, frozenset((*files, *texts)), frozenset(executable), texts) if code else None
    return plan(project, project.functions[0], inventory)


def refused(
    props: str, *files: str, executable: tuple[str, ...] = (), texts: dict[str, str] | None = None, code: bool = True
) -> str:
    with pytest.raises(ConfigurationError) as caught:
        planned(props, *files, executable=executable, texts=texts, code=code)
    (only,) = caught.value.mistakes
    assert (only.key, only.line) == ("resources.f", 1)
    return f"{only.what}; {only.meant}" if only.meant else only.what


# ------------------------------------------------------------------------------------------------ built-in


@pytest.mark.parametrize(
    ("runtime", "handler", "files", "reference"),
    [
        ("nodejs14", "index.handler", ["index.js"], "nodejs"),
        ("nodejs20", "src/index.handler", ["src/index.js"], "nodejs"),
        ("python3", "index.handler", ["index.py"], "python"),
        ("python3.9", "index.handler", ["index.py"], "python"),
        ("php7.2", "index.handler", ["index.php"], "php"),
        ("java8", "a.B::c", ["a.jar"], "java"),
        ("java11", "a.B::c", ["a/B.class"], "java"),
        ("dotnetcore3.1", "A::B.C::D", ["A.dll"], "csharp"),
    ],
)
def test_code_for_a_built_in_runtime_goes_into_the_reference_of_its_language(
    runtime: str, handler: str, files: list[str], reference: str
) -> None:
    made = planned(f"runtime: {runtime}, handler: '{handler}'", *files)
    assert (made.kind, made.wire, made.reference) == (Kind.BUILT_IN, Wire.HTTP, reference)
    assert ("FC_FUNCTION_HANDLER", handler) in made.environment
    assert "RUN rm -rf /code && mkdir /code\n" in made.dockerfile()
    assert "COPY code/ /code/\n" in made.dockerfile()


def test_every_reference_is_a_subject_of_this_house_of_the_same_wire() -> None:
    subjects = {subject.name: subject for subject in discover() if isinstance(subject, Subject)}
    for language in LANGUAGES:
        assert subjects[language.folder].folder.name == language.folder
        assert {table.wire for table in subjects[language.folder].definition.subject} == {language.wire}


def test_a_go_function_is_a_program_of_its_own_that_asks_the_runtime_api() -> None:
    made = planned("runtime: go1, handler: main", "main", executable=("main",))
    assert (made.wire, made.reference, made.command) == (Wire.RUNTIME_API, "", ("/code/main",))
    assert made.dockerfile().endswith('COPY code/ /code/\nWORKDIR /code\nCMD ["/code/main"]\n')
    assert "rm -rf" not in made.dockerfile()


def test_java_finds_classes_in_the_folder_its_jars_and_its_lib() -> None:
    made = planned("runtime: java11, handler: 'a.B::c'", "a.jar")
    assert made.command[0] == "java"
    assert made.command[-2].endswith("/code:/code/*:/code/lib/*")


def test_another_version_of_a_language_is_a_note() -> None:
    assert planned("runtime: nodejs18, handler: index.handler", "index.js").notes == ()
    (note,) = planned("runtime: nodejs14, handler: index.handler", "index.js").notes
    assert note == "nodejs14 is run on our reference of Node.js 18"


def test_the_defaults_of_the_tool_hold_where_the_file_says_nothing() -> None:
    made = planned("runtime: nodejs18, handler: index.handler", "index.js")
    assert (made.port, made.memory_mb, made.timeout_s, made.concurrency, made.http) == (9000, 512, 3, 1, False)


def test_what_the_file_says_stands_in_the_plan() -> None:
    made = planned(
        "runtime: nodejs18, handler: index.handler, memorySize: 256, timeout: 20, instanceConcurrency: 5, "
        "environmentVariables: {A: b, FC_FUNCTION_HANDLER: x}, instanceLifecycleConfig: "
        "{initializer: {handler: index.a, timeout: 5}, preStop: {handler: index.b, timeout: 6}}",
        "index.js",
    )
    assert (made.memory_mb, made.timeout_s, made.concurrency) == (256, 20, 5)
    assert (made.initialize, made.pre_freeze, made.pre_stop) == ("index.a", "", "index.b")
    assert dict(made.environment)["A"] == "b"
    assert dict(made.environment)["FC_FUNCTION_HANDLER"] == "index.handler"


def test_a_pre_freeze_that_the_reference_does_not_run_is_a_note() -> None:
    text = """services: {f: {component: fc, props: {function: {name: f, runtime: RUNTIME, handler: index.handler,
      instanceLifecycleConfig: {preFreeze: {handler: index.freeze, timeout: 1}}}}}}"""
    for runtime, ending, expected in (("python3", "py", 1), ("nodejs18", "js", 0)):
        project = reader.read(text.replace("RUNTIME", runtime))
        made = plan(project, project.functions[0], CodeFolder(CODE, frozenset({f"index.{ending}"})))
        assert sum("runs no PreFreeze" in note for note in made.notes) == expected


@pytest.mark.parametrize(
    ("props", "said"),
    [
        ("handler: a.b", "f names no runtime"),
        ("runtime: python2.7, handler: a.b", "f wants Python 2, for which there is no reference runtime here"),
        ("runtime: ruby3", "f wants the runtime ruby3, which is none that is known here"),
        ("runtime: nodjs20", "f wants the runtime nodjs20, which is none that is known here; nodejs"),
        ("runtime: nodejs20", "f names no handler"),
        ("runtime: nodejs20, handler: index", "f has a handler that must have the form [file].[function]"),
        (
            "runtime: nodejs20, handler: other.handler",
            "f has the handler other.handler, and no other.js lies in /project",
        ),
    ],
)
def test_a_function_that_cannot_be_run_is_told(props: str, said: str) -> None:
    assert refused(props, "index.js").startswith(said)


def test_a_hook_whose_file_is_not_there_is_told() -> None:
    hooks = "instanceLifecycleConfig: {preStop: {handler: hooks.stop, timeout: 1}}"
    said = refused(f"runtime: python3, handler: index.handler, {hooks}", "index.py")
    assert said == "f has the preStop hooks.stop, and no hooks.py lies in /project/code"


def test_a_function_without_code_is_told() -> None:
    assert refused("runtime: nodejs20, handler: a.b", code=False) == "f names no code: code is missing"


# ------------------------------------------------------------------------------------------------ what to run

PACKAGE = {"package.json": '{"dependencies": {"express": "4", "@a/b": "1"}, "devDependencies": {"jest": "1"}}'}
REQUIREMENTS = {
    "requirements.txt": "# web\nFlask==3.1.3\n-r other.txt\nno==1; sys_platform == 'win32'\nTyping.Extensions>=4\n"
}
COMPOSER = {"composer.json": '{"require": {"php": ">=8", "ext-json": "*", "monolog/monolog": "3"}}'}


@pytest.mark.parametrize(
    ("props", "files", "texts", "said"),
    [
        (
            "runtime: nodejs20, handler: index.handler",
            ["index.js"],
            PACKAGE,
            "run npm install in /project/code: package.json names express, @a/b, which are not in node_modules",
        ),
        (
            "runtime: nodejs20, handler: index.handler",
            ["index.js", "node_modules/express/index.js"],
            PACKAGE,
            "run npm install in /project/code: package.json names @a/b, which is not in node_modules",
        ),
        (
            "runtime: python3, handler: index.handler",
            ["index.py", "flask-3.1.3.dist-info/METADATA"],
            REQUIREMENTS,
            "run pip install --target . --requirement requirements.txt in /project/code: requirements.txt names Typing",
        ),
        (
            "runtime: php7.2, handler: index.handler",
            ["index.php"],
            COMPOSER,
            "run composer install in /project/code: composer.json names monolog/monolog, which is not in vendor",
        ),
        (
            "runtime: java11, handler: 'a.B::c'",
            ["src/B.java"],
            {"pom.xml": "<project/>"},
            "run mvn package in /project/code",
        ),
        ("runtime: java11, handler: 'a.B::c'", ["B.java"], {}, "run javac in /project/code"),
        ("runtime: java11, handler: 'a.B::c'", ["build.gradle"], {}, "run gradle build in /project/code"),
        ("runtime: java11, handler: 'a.B::c'", ["readme.md"], {}, "compile the function into /project/code"),
        (
            "runtime: dotnetcore3.1, handler: 'A::B.C::D'",
            ["A.csproj", "A.cs"],
            {},
            "run dotnet publish --configuration Release --output publish in /project/code, and name its publish folder",
        ),
        ("runtime: dotnetcore3.1, handler: 'A::B.C::D'", ["B.dll"], {}, "put A.dll into /project/code"),
        (
            "runtime: go1, handler: main",
            ["main.go"],
            {"go.mod": "module x"},
            "run GOOS=linux CGO_ENABLED=0 go build -o main . in /project/code: the program main",
        ),
        ("runtime: go1, handler: main", ["other"], {}, "put the program main into /project/code"),
    ],
)
def test_where_the_result_of_an_action_is_missing_one_message_says_what_to_run(
    props: str, files: list[str], texts: dict[str, str], said: str
) -> None:
    assert refused(props, *files, texts=texts).startswith(f"f cannot be started: {said}")


@pytest.mark.parametrize(
    ("props", "files", "texts"),
    [
        (
            "runtime: nodejs20, handler: index.handler",
            ["index.js", "node_modules/express/index.js", "node_modules/@a/b/index.js"],
            PACKAGE,
        ),
        ("runtime: nodejs20, handler: index.handler", ["index.js"], {"package.json": '{"dependencies": {}}'}),
        ("runtime: nodejs20, handler: index.handler", ["index.js"], {"package.json": "no JSON"}),
        ("runtime: nodejs20, handler: index.handler", ["index.js"], {"package.json": "[1]"}),
        (
            "runtime: python3, handler: index.handler",
            ["index.py", "flask-3.1.3.dist-info/METADATA", "typing_extensions-4.16.0.dist-info/RECORD"],
            REQUIREMENTS,
        ),
        ("runtime: php7.2, handler: index.handler", ["index.php", "vendor/autoload.php"], COMPOSER),
        ("runtime: dotnetcore3.1, handler: 'A::B.C::D'", ["A.csproj", "A.dll"], {}),
        ("runtime: go1, handler: main", ["main.go", "main"], {}),
    ],
)
def test_where_everything_is_there_nothing_is_to_be_run(props: str, files: list[str], texts: dict[str, str]) -> None:
    assert planned(props, *files, texts=texts).kind is Kind.BUILT_IN


# ------------------------------------------------------------------------------------------------ custom


def test_a_custom_runtime_starts_its_bootstrap_where_it_names_no_command() -> None:
    made = planned("runtime: custom", "bootstrap", executable=("bootstrap",))
    assert (made.kind, made.command, made.reference) == (Kind.CUSTOM, ("/code/bootstrap",), "")
    assert made.dockerfile().endswith('ENTRYPOINT []\nCMD ["/code/bootstrap"]\n')


@pytest.mark.parametrize(
    ("command", "bootstrap", "reference"),
    [
        ("customRuntimeConfig: {command: [node, server.js]}, ", "", "nodejs"),
        ("customRuntimeConfig: {command: [/usr/bin/python3.9], args: [app.py]}, ", "", "python"),
        ("customRuntimeConfig: {command: [java, -jar, app.jar]}, ", "", "java"),
        ("customRuntimeConfig: {command: [./server]}, ", "", ""),
        ("", "#!/usr/bin/env node\n", "nodejs"),
        ("", "#!/bin/sh\n# not python\nexec php -S 0.0.0.0:9000\n", "php"),
        ("", "#!/bin/sh\nexec ./server\n", ""),
    ],
)
def test_the_language_of_a_custom_runtime_is_seen_from_its_command(
    command: str, bootstrap: str, reference: str
) -> None:
    texts = {"bootstrap": bootstrap} if bootstrap else {}
    made = planned(f"{command}runtime: custom.debian10", "x", executable=("bootstrap",), texts=texts)
    assert made.reference == reference
    assert bool(made.notes) == bool(reference)


def test_python_has_its_usual_names_in_the_image() -> None:
    made = planned("runtime: custom, customRuntimeConfig: {command: [python3, app.py], port: 8080}", "app.py")
    assert "RUN ln -sf python3.11 /usr/bin/python3\n" in made.dockerfile()
    assert (made.port, dict(made.environment)["FC_SERVER_PORT"]) == (8080, "8080")


def test_a_custom_runtime_without_a_start_is_told() -> None:
    assert refused("runtime: custom", "app.py") == (
        "f names no start command: write customRuntimeConfig.command, no bootstrap lies in /project/code"
    )
    assert refused("runtime: custom", "bootstrap") == "f cannot be started: run chmod +x /project/code/bootstrap"


def test_the_packages_of_a_custom_runtime_are_looked_for_too() -> None:
    said = refused("runtime: custom, customRuntimeConfig: {command: [node, server.js]}", texts=PACKAGE)
    assert said.startswith("f cannot be started: run npm install in /project/code")


# ------------------------------------------------------------------------------------------------ container


def test_a_container_is_its_image_as_it_stands() -> None:
    made = planned(
        "runtime: custom-container, customContainerConfig: {image: 'a:1', entrypoint: [/a], command: [-b], port: 8080}",
        code=False,
    )
    assert (made.kind, made.image, made.wire, made.port) == (Kind.CONTAINER, "a:1", Wire.HTTP, 8080)
    assert (made.entrypoint, made.command, made.dockerfile()) == (("/a",), ("-b",), "")


def test_a_container_without_a_port_has_no_web_server() -> None:
    hooks = "instanceLifecycleConfig: {preStop: {handler: x, timeout: 1}}"
    made = planned(f"runtime: custom-container, customContainerConfig: {{image: 'a:1'}}, {hooks}", code=False)
    assert made.wire is Wire.NONE
    assert made.notes == ("the container has no port and so no web server: its hooks have no effect",)


def test_a_container_without_an_image_is_told() -> None:
    assert refused("runtime: custom-container", code=False) == (
        "f names no image: customContainerConfig.image is missing"
    )

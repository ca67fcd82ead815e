"""Fill in an XForm with JavaRosa, the form engine of ODK Collect, and write the submission that it makes.

A process of its own, for a Java machine shares no process with a test runner. JSON comes by standard input: ``jar`` of
ODK Validate, which holds JavaRosa; ``form``, a path; ``media``, the folder of the form's lists; ``language``;
``answers`` by question. XML goes out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jpype
from jpype import JArray, JClass, JDouble, JProxy

QUESTION, END = 4, 1  # events of FormEntryController


def main() -> None:
    """Answer the form's questions in their order and serialise its main instance."""
    work = json.load(sys.stdin)
    jpype.startJVM("-XX:TieredStopAtLevel=1", classpath=[work["jar"]], convertStrings=True)
    JClass("org.javarosa.core.services.PrototypeManager").registerPrototypes(
        JClass("org.javarosa.core.model.CoreModelModule").classNames
    )
    JClass("org.javarosa.model.xform.XFormsModule")().registerModule()
    JClass("org.javarosa.core.reference.ReferenceManager").instance().addReferenceFactory(lists_in(Path(work["media"])))
    form = JClass("org.javarosa.xform.util.XFormUtils").getFormFromFormXml(work["form"], "jr://none")
    form.initialize(True, JClass("org.javarosa.core.model.instance.InstanceInitializationFactory")())
    controller = JClass("org.javarosa.form.api.FormEntryController")(
        JClass("org.javarosa.form.api.FormEntryModel")(form)
    )
    controller.setLanguage(work["language"])
    fill_in(controller, work["answers"])
    outcome = form.validate(True)
    assert outcome is None, outcome
    form.postProcessInstance()
    written = JClass("org.javarosa.model.xform.XFormSerializingVisitor")().serializeInstance(form.getInstance())
    sys.stdout.buffer.write(bytes(written))


def fill_in(controller: Any, answers: dict[str, str]) -> None:
    """Answer every question that there is an answer for; each answer has to have its question."""
    left = dict(answers)
    model = controller.getModel()
    while (event := int(controller.stepToNextEvent())) != END:
        if event != QUESTION:
            continue
        prompt = model.getQuestionPrompt()
        name = str(prompt.getFormElement().getBind().getReference().toString(False)).rpartition("/")[2]
        if name in left:
            result = int(controller.answerQuestion(model.getFormIndex(), answer(prompt, left.pop(name)), True))
            assert result == 0, (name, result)
    assert not left, left


def answer(prompt: Any, text: str) -> Any:
    """Return an answer as the question's widget would make it."""
    data = "org.javarosa.core.model.data"
    choices = prompt.getSelectChoices()
    if choices is not None:
        (chosen,) = [each for each in choices if each.getValue() == text]
        return JClass(f"{data}.SelectOneData")(chosen.selection())
    if prompt.getDataType() == JClass("org.javarosa.core.model.Constants").DATATYPE_GEOPOINT:
        return JClass(f"{data}.GeoPointData")(JArray(JDouble)([float(each) for each in text.split()]))
    if prompt.getDataType() == JClass("org.javarosa.core.model.Constants").DATATYPE_DECIMAL:
        return JClass(f"{data}.DecimalData")(float(text))
    return JClass(f"{data}.StringData")(text)


def lists_in(folder: Path) -> Any:
    """Find the lists of a form in a folder, as a phone does after it has read the manifest."""

    def reference(uri: str, _: str | None = None) -> Any:
        path = str(folder / str(uri).rpartition("/")[2])
        said = {"getURI": lambda: uri, "getLocalURI": lambda: path, "doesBinaryExist": lambda: Path(path).exists()}
        return JProxy("org.javarosa.core.reference.Reference", dict=said)

    methods = {"derives": lambda uri: str(uri).startswith("jr://file-csv/"), "derive": reference}
    return JProxy("org.javarosa.core.reference.ReferenceFactory", dict=methods)


if __name__ == "__main__":
    main()

"""The repository root is an nbgrader course: solutions/ is its source, exercises/ its release."""

from pathlib import Path

c = get_config()  # noqa: F821  (nbgrader defines it)

grading = Path(__file__).parent / "grading"
grading.mkdir(exist_ok=True)

c.CourseDirectory.root = str(Path(__file__).parent)
c.CourseDirectory.course_id = "update-the-pixels"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.db_url = f"sqlite:///{grading / 'gradebook.db'}"

# What students hand in is brought back to the cells that were released, before nbgrader looks at it.
c.Autograde.sanitize_preprocessors = [
    "vizlib.teaching.grading.preprocessors.RestoreCells",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# Answers run in a sandbox and not here: what `python -m vizlib grade` finds takes the place of Execute.
c.Autograde.autograde_preprocessors = [
    "vizlib.teaching.grading.preprocessors.WriteVerdicts",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

"""Print the points of each student in each part, as CSV."""

from nbgrader.api import Gradebook

print("student,part,points,most")
with Gradebook("sqlite:///gradebook.db") as gradebook:
    for submission in gradebook.assignment_submissions("layers"):
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                row = (
                    submission.student.id,
                    grade.name,
                    grade.score,
                    grade.max_score,
                )
                print(*row, sep=",")

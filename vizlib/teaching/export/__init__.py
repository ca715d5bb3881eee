"""Points and cards for the systems that schools have: Canvas, Moodle, Gradescope, and plain JSON.

Points are those of the checks, the same as nbgrader's. What a person gives for open questions is in the gradebook.
"""

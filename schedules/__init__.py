"""When and where: the stages in order (`jobs.py`), execution, timetable and service."""

"""The event loop that the server would run policies on: their calls go to its executor's threads."""

from collections.abc import Coroutine
from typing import Any


class NeverAnswers(BaseException):
    """The event loop was left with an exception that no future can carry, so the server would wait for ever."""


class Loop:
    def __init__(self) -> None:
        self._loop: Any = None
        self._task: Any = None
        # Whether the future at hand will never be set, and the policy that it waits for.
        self._never = False
        self._unanswered: Any = None

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Raises whatever the coroutine raises, or NeverAnswers with the policy, where that is known."""
        import asyncio

        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._loop.set_exception_handler(self._on_error)
        self._never = False
        task = self._loop.create_task(coroutine)
        self._task = task
        try:
            return self._loop.run_until_complete(task)
        except asyncio.CancelledError as error:
            if self._never:
                raise NeverAnswers(self._unanswered) from None
            raise error
        except BaseException:
            if not task.done() or task.cancelled():
                self._loop = None
            raise

    def _on_error(self, loop: Any, context: dict[str, Any]) -> None:
        # A StopIteration can't be set on a future (before Python 3.12): the server would log this and wait for ever.
        error = context.get("exception")
        if isinstance(error, TypeError) and "StopIteration" in str(error) and not self._task.done():
            frame = getattr(self._task.get_coro(), "cr_frame", None)
            self._unanswered = None if frame is None else frame.f_locals.get("policy")
            self._never = True
            self._task.cancel()
        else:
            loop.default_exception_handler(context)

"""Slow work about people, queued by id."""

from celery import shared_task

from accounts import welcome


@shared_task
def send_welcome(*, user_id: int) -> None:
    welcome.send_welcome(user_id=user_id)

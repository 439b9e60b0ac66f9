"""Operations: how far a change of the control plane is."""

from resolver.emulator.call import Call
from resolver.emulator.endpoints import Endpoint
from resolver.emulator.messages import Response, answer
from resolver.emulator.moments import written_out
from resolver.emulator.refusals import Refused
from resolver.emulator.service import KEPT
from resolver.emulator.shapes import OperationStatus, ResultOf


def fetch(call: Call) -> Response:
    """Give the status of an operation: COMPLETED once reads show what it did."""
    operation = call.service.operations.get(call.values["operationId"])
    if operation is None or operation.created_at + KEPT < call.at:
        raise Refused(404, "Not Found: there is no such operation, or it is older than seven days")
    is_shown = operation.id in call.service.shown(call.at).operations
    created, delay = operation.created_at, call.service.options.delay_ms
    document = OperationStatus(
        operation.id,
        "COMPLETED" if is_shown else "RUNNING",
        written_out(created),
        call.status_url(operation),
        written_out(created + delay) if is_shown else None,
        ResultOf(operation.resource_id) if is_shown else None,
    )
    headers = (("Operation-Id", operation.id), *(() if is_shown else (call.retry_after(),)))
    return answer(200, document, *headers)


ENDPOINTS = (
    Endpoint(
        "FetchOperation", "GET", "/v1/ControlPlane/Operations/{operationId}", fetch,
        "The status of a change of the control plane.", OperationStatus,
        gives_headers={"Operation-Id": "the id of the operation"},
    ),
)  # fmt: skip

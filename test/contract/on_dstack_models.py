"""A plugin service as dstack's own documentation would have it: FastAPI, dstack's request and response models, and one policy."""

from fastapi import FastAPI

from dstack.plugins.builtin.rest_plugin import (
    FleetSpecRequest,
    FleetSpecResponse,
    GatewaySpecRequest,
    GatewaySpecResponse,
    RunSpecRequest,
    RunSpecResponse,
    VolumeSpecRequest,
    VolumeSpecResponse,
)

app = FastAPI()


@app.post("/apply_policies/on_run_apply")
def on_run_apply(request: RunSpecRequest) -> RunSpecResponse:
    configuration = request.spec.configuration
    if configuration.max_price is not None and configuration.max_price > 100:
        return RunSpecResponse(spec=request.spec, error="max_price is above 100")
    configuration.tags = {**(configuration.tags or {}), "team": request.project}
    return RunSpecResponse(spec=request.spec)


@app.post("/apply_policies/on_fleet_apply")
def on_fleet_apply(request: FleetSpecRequest) -> FleetSpecResponse:
    return FleetSpecResponse(spec=request.spec)


@app.post("/apply_policies/on_volume_apply")
def on_volume_apply(request: VolumeSpecRequest) -> VolumeSpecResponse:
    return VolumeSpecResponse(spec=request.spec)


@app.post("/apply_policies/on_gateway_apply")
def on_gateway_apply(request: GatewaySpecRequest) -> GatewaySpecResponse:
    return GatewaySpecResponse(spec=request.spec)

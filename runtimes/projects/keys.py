"""The keys of each edition as tables: which are read, and what the others mean to somebody who runs no platform.

A key is read (the text is empty), or the harness can do nothing with it (the text says what that means). A key that is
in no table is a mistake. Sources (vendor): the YAML reference of component fc, the schema and the YAML reference of
component fc3, the API of 2023-03-30 for what the schema lacks, the specification of the tool before Serverless Devs.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from runtimes.projects.project import Component, HookKey

if TYPE_CHECKING:
    from collections.abc import Mapping

READ = ""
"""The mark of a key that is read."""

Table = dict[str, str]

_CREDENTIALS = "the instance gets dummy credentials of no role"
_NETWORK = "the instance reaches the run's own network and nothing else"
_MOUNT = "nothing is mounted"
_LOG = "logs are read from the container and stored nowhere"
_POOL = "the harness starts the instances itself, one at a time"
_HEALTH = "readiness is found out by a connection to the port"
_ASYNC = "every invocation is synchronous"
_GPU = "there is no GPU"
_WORDS = "it is a word to people"

TOP: Table = {
    "edition": READ,
    "name": READ,
    "access": "nothing is deployed with it",
    "validation": "the keys are always checked",
    "vars": READ,
    "actions": READ,
    "services": READ,
    "resources": READ,
    "template": "only what a resource itself says is read",
    "flow": "the functions are judged each by itself, in no order",
}
RESOURCE: Table = {
    "component": READ,
    "props": READ,
    "actions": READ,
    "access": "nothing is deployed with it",
}
FUNCTION_2: Table = {
    "name": READ,
    "runtime": READ,
    "handler": READ,
    "codeUri": READ,
    "caPort": READ,
    "customContainerConfig": READ,
    "customRuntimeConfig": READ,
    "environmentVariables": READ,
    "memorySize": READ,
    "timeout": READ,
    "instanceConcurrency": READ,
    "initializer": READ,
    "initializationTimeout": READ,
    "instanceLifecycleConfig": READ,
    "description": _WORDS,
    "ossBucket": "the code is taken from a folder and not from a bucket",
    "ossKey": "the code is taken from a folder and not from a bucket",
    "cpu": "CPU is not limited",
    "diskSize": "disk is not limited",
    "instanceType": "there is one kind of instance",
    "instanceSoftConcurrency": _POOL,
    "gpuMemorySize": _GPU,
    "layers": "no layer is added to the code",
    "layer": "no layer is added to the code",
    "customHealthCheckConfig": _HEALTH,
    "asyncConfiguration": _ASYNC,
    "customDNS": _NETWORK,
}
PIECE: Table = {
    **FUNCTION_2,
    "edition": READ,
    "vars": READ,
    "actions": READ,
    "region": READ,
    "triggers": READ,
    "access": "nothing is deployed with it",
    "component": "a piece of a file is read by the keys of component fc",
}
PROPS_2: Table = {
    "region": READ,
    "service": READ,
    "function": READ,
    "triggers": READ,
    "customDomains": "requests come without a domain",
    "endpoint": "nothing is deployed",
    "provision": _POOL,
    "onDemand": _POOL,
}
SERVICE_2: Table = {
    "name": READ,
    "description": _WORDS,
    "internetAccess": _NETWORK,
    "tracingConfig": "no tracing endpoint is given to the function",
    "role": _CREDENTIALS,
    "logConfig": _LOG,
    "vpcConfig": _NETWORK,
    "nasConfig": _MOUNT,
    "ossMountConfig": _MOUNT,
    "vpcBinding": _NETWORK,
}
TRIGGER_2: Table = {
    "name": READ,
    "type": READ,
    "config": READ,
    "qualifier": "there is one version",
    "role": _CREDENTIALS,
    "sourceArn": "nothing fires it",
    "description": _WORDS,
}
PROPS_3: Table = {
    "region": READ,
    "functionName": READ,
    "runtime": READ,
    "handler": READ,
    "code": READ,
    "customContainerConfig": READ,
    "customRuntimeConfig": READ,
    "environmentVariables": READ,
    "memorySize": READ,
    "timeout": READ,
    "instanceConcurrency": READ,
    "instanceLifecycleConfig": READ,
    "triggers": READ,
    "description": _WORDS,
    "endpoint": "nothing is deployed",
    "diskSize": "disk is not limited",
    "internetAccess": _NETWORK,
    "layers": "no layer is added to the code",
    "cpu": "CPU is not limited",
    "gpuConfig": _GPU,
    "logConfig": _LOG,
    "nasConfig": _MOUNT,
    "ossMountConfig": _MOUNT,
    "polarFsConfig": _MOUNT,
    "role": _CREDENTIALS,
    "vpcConfig": _NETWORK,
    "vpcBinding": _NETWORK,
    "customDNS": _NETWORK,
    "customDomain": "requests come without a domain",
    "tracingConfig": "no tracing endpoint is given to the function",
    "asyncInvokeConfig": _ASYNC,
    "concurrencyConfig": _POOL,
    "provisionConfig": _POOL,
    "scalingConfig": _POOL,
    "idleTimeout": _POOL,
    "disableOndemand": _POOL,
    "enableLongLiving": _POOL,
    "instanceIsolationMode": _POOL,
    "sessionAffinity": _POOL,
    "sessionAffinityConfig": _POOL,
    "disableInjectCredentials": "the instance always gets dummy credentials",
    "invocationRestriction": "nothing restricts an invocation",
    "resourceGroupId": "nothing is deployed",
    "tags": _WORDS,
    "annotations": "nothing is deployed",
}
TRIGGER_3: Table = {
    "triggerName": READ,
    "triggerType": READ,
    "triggerConfig": READ,
    "qualifier": "there is one version",
    "invocationRole": _CREDENTIALS,
    "sourceArn": "nothing fires it",
    "description": _WORDS,
}
CONTAINER_2: Table = {
    "image": READ,
    "command": READ,
    "args": READ,
    "webServerMode": READ,
    "accelerationType": "the image is taken from this machine's engine",
    "instanceID": "the image is taken from this machine's engine",
}
CONTAINER_3: Table = {
    "image": READ,
    "entrypoint": READ,
    "command": READ,
    "port": READ,
    "healthCheckConfig": _HEALTH,
    "accelerationType": "the image is taken from this machine's engine",
    "acrInstanceId": "the image is taken from this machine's engine",
    "registryConfig": "the image is taken from this machine's engine",
}
RUNTIME_2: Table = {"command": READ, "args": READ}
RUNTIME_3: Table = {"command": READ, "args": READ, "port": READ, "healthCheckConfig": _HEALTH}
HTTP_TRIGGER: Table = {
    "methods": READ,
    "authType": "requests are not signed",
    "authConfig": "requests are not signed",
    "disableURLInternet": "requests come from the run's own network",
}
CODE_3: Table = {
    "src": READ,
    "ossBucketName": "the code is taken from a folder and not from a bucket",
    "ossObjectName": "the code is taken from a folder and not from a bucket",
}
TEMPLATE_TOP: Table = {
    "ROSTemplateFormatVersion": READ,
    "Transform": READ,
    "Resources": READ,
    "Description": _WORDS,
    "Outputs": "nothing is deployed",
    "Globals": "only what a function itself says is read",
}
TEMPLATE_FUNCTION: Table = {"Type": READ, "Properties": READ, "Events": READ}
TEMPLATE_TRIGGER: Table = {"Type": READ, "Properties": READ}
TEMPLATE_CAPITALS: Mapping[str, str] = MappingProxyType(
    {"CAPort": "caPort", "InstanceLifecycleConfig": "instanceLifecycleConfig"}
)
"""Keys of ``template.yml`` that are not the later key with a capital in front."""

OTHER_EDITION: Mapping[Component, Mapping[str, str]] = MappingProxyType(
    {
        Component.FC3: MappingProxyType(
            {
                "name": "functionName",
                "codeUri": "code",
                "caPort": "customContainerConfig.port or customRuntimeConfig.port",
                "initializer": "instanceLifecycleConfig.initializer",
                "initializationTimeout": "instanceLifecycleConfig.initializer.timeout",
                "function": "the function's keys straight in props",
                "service": "no service at all",
                "asyncConfiguration": "asyncInvokeConfig",
                "gpuMemorySize": "gpuConfig.gpuMemorySize",
                "instanceType": "no instance type",
                "customDomains": "customDomain, or the component fc3-domain",
                "customHealthCheckConfig": "healthCheckConfig in customContainerConfig or customRuntimeConfig",
                "ossBucket": "code.ossBucketName",
                "ossKey": "code.ossObjectName",
                "layer": "layers",
                "type": "triggerType",
                "config": "triggerConfig",
            }
        ),
        Component.FC: MappingProxyType(
            {
                "functionName": "function.name",
                "code": "codeUri",
                "port": "caPort of the function",
                "entrypoint": "command",
                "asyncInvokeConfig": "asyncConfiguration",
                "gpuConfig": "gpuMemorySize",
                "healthCheckConfig": "customHealthCheckConfig of the function",
                "triggerName": "name",
                "triggerType": "type",
                "triggerConfig": "config",
            }
        ),
    }
)
"""A key of the one edition, found in the other, and what the other has in its place."""
TITLE: Mapping[Component, str] = MappingProxyType(
    {
        Component.FC: "component fc (2.0)",
        Component.FC3: "component fc3 (3.0)",
        Component.TEMPLATE: "template.yml",
        Component.PIECE: "a function",
    }
)


@dataclass(frozen=True)
class HookKind:
    """One hook in one edition: the bounds of its timeout in seconds, whether it may go without one or be a command."""

    key: HookKey
    least_s: int = 1
    most_s: int | None = None
    needs_timeout: bool = True
    takes_command: bool = False


_PAGE = (HookKind(HookKey.PRE_FREEZE), HookKind(HookKey.PRE_STOP))
_TOOL = (HookKind(HookKey.PRE_FREEZE, needs_timeout=False), HookKind(HookKey.PRE_STOP, needs_timeout=False))
HOOK_KINDS: Mapping[Component, tuple[HookKind, ...]] = MappingProxyType(
    {
        Component.PIECE: _PAGE,
        Component.FC: _TOOL,
        Component.TEMPLATE: _TOOL,
        Component.FC3: (
            HookKind(HookKey.INITIALIZER, 1, 300, needs_timeout=False, takes_command=True),
            HookKind(HookKey.PRE_STOP, 0, 900, needs_timeout=False, takes_command=True),
        ),
    }
)
"""The hooks that ``instanceLifecycleConfig`` may hold (contract, sections 2 and 9). That each has a timeout of its own
is the pages' rule and so holds for a piece as they show it; both components do without."""
INITIALIZER_2 = HookKind(HookKey.INITIALIZER, 1, 300, needs_timeout=False)
"""2.0 has the initializer beside the other keys of the function (contract, section 2)."""


def capital(key: str) -> str:
    """The key of ``template.yml`` for a key of component fc."""
    return next((old for old, new in TEMPLATE_CAPITALS.items() if new == key), key[:1].upper() + key[1:])

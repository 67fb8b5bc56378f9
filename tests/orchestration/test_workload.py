"""The semantic rules of workloads: stock clients pass, every danger is named, however it is spelled."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.access.rules.operations import OPERATIONS
from apps.orchestration.rules import engine_json, workload

DATA = Path(__file__).parent / "data"
CAPTURED = [
    pytest.param(request, id=f"{path.stem}-{index}-{request['kind']}")
    for path in sorted(DATA.glob("docker-cli-*.json"))
    for index, request in enumerate(json.loads(path.read_text()))
]
REVIEWS = {
    "container": workload.review_container_create,
    "service": workload.review_service,
    "exec": workload.review_exec,
    "exec_start": workload.review_exec_start,
}


@pytest.mark.parametrize("request_", CAPTURED)
def test_what_stock_docker_clients_send_needs_no_option(request_: dict[str, Any]) -> None:
    review = REVIEWS[request_["kind"]](engine_json.parse(json.dumps(request_["body"]).encode()))

    assert (review.problems, review.options) == ((), ())
    assert review.spec == request_["body"]


HOST = "Host Bind Mounts"
CONTAINER_DANGERS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"Privileged": True}, ("Privileged",)),
    ({"Binds": ["/:/host"]}, (HOST,)),
    ({"Binds": ["/etc:/etc:ro"]}, (HOST,)),
    ({"Binds": ["~/x:/x"]}, (HOST,)),
    ({"Binds": ["../x:/x"]}, (HOST,)),
    ({"Binds": ["C:\\x:/x"]}, (HOST,)),
    ({"Binds": ["x:y:z:w"]}, (HOST,)),
    ({"Binds": [":/x"]}, (HOST,)),
    ({"Mounts": [{"Type": "bind", "Source": "/", "Target": "/host"}]}, (HOST,)),
    ({"Mounts": [{"Type": "npipe", "Source": "x", "Target": "/x"}]}, (HOST,)),
    ({"Mounts": [{"Type": "volume", "Source": "/etc", "Target": "/x"}]}, (HOST,)),
    ({"Mounts": [{"Type": "volume", "Source": "{{.Env}}", "Target": "/x"}]}, (HOST,)),
    ({"CapAdd": ["SYS_ADMIN"]}, ("Additional Kernel Capabilities",)),
    ({"CapAdd": ["cap_sys_admin"]}, ("Additional Kernel Capabilities",)),
    ({"CapAdd": ["ALL"]}, ("Additional Kernel Capabilities",)),
    ({"Capabilities": ["CAP_NET_ADMIN"]}, ("Additional Kernel Capabilities",)),
    ({"NetworkMode": "host"}, ("Host Networking Mode",)),
    ({"PidMode": "host"}, ("PID Mode",)),
    ({"IpcMode": "host"}, ("IPC Mode",)),
    ({"UsernsMode": "host"}, ("User Namespace Mode",)),
    ({"UTSMode": "host"}, ("UTS Mode",)),
    ({"CgroupnsMode": "host"}, ("Cgroup Parent",)),
    ({"CgroupParent": "/system.slice"}, ("Cgroup Parent",)),
    ({"Cgroup": "host"}, ("Cgroup Parent",)),
    ({"Devices": [{"PathOnHost": "/dev/sda", "PathInContainer": "/dev/sda", "CgroupPermissions": "rwm"}]}, ("Devices",)),
    ({"DeviceCgroupRules": ["a *:* rwm"]}, ("Devices",)),
    ({"DeviceRequests": [{"Driver": "nvidia", "Count": -1}]}, ("Devices",)),
    ({"BlkioWeightDevice": [{"Path": "/etc/shadow", "Weight": 10}]}, ("Devices",)),
    ({"BlkioDeviceReadBps": [{"Path": "/dev/sda", "Rate": 10}]}, ("Devices",)),
    ({"Sysctls": {"net.ipv4.ip_forward": "1"}}, ("Sysctls",)),
    ({"SecurityOpt": ["seccomp=unconfined"]}, ("Security Options",)),
    ({"SecurityOpt": ["apparmor:unconfined"]}, ("Security Options",)),
    ({"SecurityOpt": ["label=disable"]}, ("Security Options",)),
    ({"SecurityOpt": ["no-new-privileges:false"]}, ("Security Options",)),
    ({"SecurityOpt": ["no-new-privileges", "systempaths=unconfined"]}, ("Security Options",)),
    ({"MaskedPaths": []}, ("Security Options",)),
    ({"ReadonlyPaths": []}, ("Security Options",)),
    ({"GroupAdd": ["docker"]}, ("Security Options",)),
    ({"Runtime": "runc"}, ("Runtime",)),
    ({"Annotations": {"a": "b"}}, ("Runtime",)),
    ({"Isolation": "process"}, ("Runtime",)),
    ({"Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 1048576}]}, ("Ulimits",)),
    ({"OomScoreAdj": -500}, ("Ulimits",)),
    ({"OomKillDisable": True}, ("Ulimits",)),
    ({"CpuRealtimeRuntime": 950000}, ("Ulimits",)),
    ({"CpuRealtimePeriod": 1000000}, ("Ulimits",)),
    ({"StorageOpt": {"size": "1T"}}, ("Ulimits",)),
    ({"LogConfig": {"Type": "syslog", "Config": {"syslog-address": "unix:///run/docker.sock"}}}, ("Log Driver",)),
    ({"LogConfig": {"Type": "", "Config": {"syslog-address": "tcp://10.0.0.1"}}}, ("Log Driver",)),
    ({"VolumeDriver": "plugin"}, ("Local Driver Options",)),
    ({"PidMode": "container:abc"}, ("Container Namespaces",)),
    ({"IpcMode": "container:abc"}, ("Container Namespaces",)),
    ({"NetworkMode": "container:abc"}, ("Container Namespaces",)),
    ({"Cgroup": "container:abc"}, ("Container Namespaces",)),
    ({"VolumesFrom": ["abc"]}, ("Volumes From",)),
]


@pytest.mark.parametrize(("host_config", "options"), CONTAINER_DANGERS)
def test_each_danger_of_a_container_needs_its_option(host_config: dict[str, Any], options: tuple[str, ...]) -> None:
    review = workload.review_container_create({"Image": "a", "HostConfig": host_config})

    assert review.problems == ()
    assert review.options == options
    assert set(options) <= {option.value for option in OPERATIONS["Container Create"].options}


def test_every_danger_option_of_the_catalogue_is_asked_for() -> None:
    asked = {option for _, options in CONTAINER_DANGERS for option in options}

    assert asked == {option.value for option in OPERATIONS["Container Create"].options}


HARMLESS: list[dict[str, Any]] = [
    {"CapAdd": ["NET_BIND_SERVICE", "CAP_CHOWN", "setuid"]},
    {"CapDrop": ["ALL"]},
    {"SecurityOpt": ["no-new-privileges=true"]},
    {"IpcMode": "shareable"},
    {"CgroupnsMode": "private"},
    {"OomScoreAdj": 500},
    {"NetworkMode": "none"},
    {"LogConfig": {"Type": "local", "Config": {"max-size": "1m"}}},
    {"LogConfig": {"Type": "", "Config": {"max-size": "10m", "max-file": "3"}}},
    {"Binds": ["/data"]},
    {"Binds": ["data:/data:ro,z"]},
    {"Tmpfs": {"/run": "rw"}},
    {"Memory": 1 << 30, "PidsLimit": 100, "MemorySwappiness": 10, "BlkioWeight": 10},
    {"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "80"}]}},
    {"RestartPolicy": {"Name": "always", "MaximumRetryCount": 0}},
    {"Isolation": "default"},
    {"Privileged": None, "Binds": None, "Ulimits": None},
]


@pytest.mark.parametrize("host_config", HARMLESS)
def test_what_touches_nothing_outside_needs_no_option(host_config: dict[str, Any]) -> None:
    review = workload.review_container_create({"HostConfig": host_config})

    assert (review.problems, review.options) == ((), ())


HOST_VOLUMES = [
    {"type": "none", "o": "bind", "device": "/"},
    {"type": "nfs", "o": "bind,ro", "device": "/etc"},
    {"o": "rbind", "device": "/"},
    {"type": "ext4", "device": "/dev/sda1"},
    {"type": "overlay", "o": "lowerdir=/etc:/", "device": "overlay"},
    {"TYPE": "none", "O": "BIND", "Device": "/"},
    {"device": "/"},
]


@pytest.mark.parametrize("driver_options", HOST_VOLUMES)
@pytest.mark.parametrize("source", ["named", ""])
def test_a_local_volume_of_a_host_path_is_a_host_bind_mount(driver_options: dict[str, str], source: str) -> None:
    mount = {"Type": "volume", "Source": source, "Target": "/x", "VolumeOptions": {"DriverConfig": {"Options": driver_options}}}

    container = workload.review_container_create({"HostConfig": {"Mounts": [mount]}})
    service = workload.review_service({"TaskTemplate": {"ContainerSpec": {"Mounts": [mount]}}})

    assert HOST in container.options
    assert HOST in service.options
    if source:
        assert [reference.options for reference in container.references] == [("Local Driver Options",)]
    else:
        assert "Local Driver Options" in container.options


@pytest.mark.parametrize(
    "driver_options", [{"type": "tmpfs", "device": "tmpfs"}, {"type": "nfs", "o": "addr=1.2.3.4", "device": ":/x"}]
)
def test_a_remote_filesystem_needs_only_local_driver_options(driver_options: dict[str, str]) -> None:
    mount = {"Type": "volume", "Source": "v1", "Target": "/x", "VolumeOptions": {"DriverConfig": {"Options": driver_options}}}

    review = workload.review_container_create({"HostConfig": {"Mounts": [mount]}})

    assert review.options == ()
    assert [reference.options for reference in review.references] == [("Local Driver Options",)]


@given(
    path=st.text("abc/.~", min_size=1, max_size=12).map("/".__add__),
    target=st.sampled_from(["/x", "/x/y"]),
    mode=st.sampled_from(["", ":ro", ":rw,z", ":rshared"]),
)
def test_a_host_path_gets_the_same_verdict_however_spelled(path: str, target: str, mode: str) -> None:
    spellings: list[dict[str, Any]] = [
        {"Binds": [path + ":" + target + mode]},
        {"Mounts": [{"Type": "bind", "Source": path, "Target": target}]},
        {"Mounts": [{"Type": "volume", "Source": path, "Target": target}]},
        {
            "Mounts": [
                {
                    "Type": "volume",
                    "Target": target,
                    "VolumeOptions": {"DriverConfig": {"Options": {"type": "none", "o": "bind", "device": path}}},
                }
            ]
        },
    ]

    for spelling in spellings:
        assert HOST in workload.review_container_create({"HostConfig": spelling}).options, spelling


SERVICE_DANGERS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"Mounts": [{"Type": "bind", "Source": "/", "Target": "/x"}]}, (HOST,)),
    ({"CapabilityAdd": ["CAP_SYS_ADMIN"]}, ("Additional Kernel Capabilities",)),
    ({"Sysctls": {"a": "b"}}, ("Sysctls",)),
    ({"Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}]}, ("Ulimits",)),
    ({"OomScoreAdj": -1}, ("Ulimits",)),
    ({"Groups": ["0"]}, ("Security Options",)),
    ({"Isolation": "hyperv"}, ("Runtime",)),
    ({"Privileges": {"CredentialSpec": {"File": "x"}}}, ("Credential Spec",)),
    ({"Privileges": {"CredentialSpec": {"Registry": "x"}}}, ("Credential Spec",)),
    ({"Privileges": {"CredentialSpec": {"Config": "x"}}}, ("Credential Spec",)),
    ({"Privileges": {"SELinuxContext": {"Disable": True}}}, ("Security Options",)),
    ({"Privileges": {"SELinuxContext": {"Type": "spc_t"}}}, ("Security Options",)),
    ({"Privileges": {"Seccomp": {"Mode": "unconfined"}}}, ("Security Options",)),
    ({"Privileges": {"Seccomp": {"Mode": "custom", "Profile": "e30="}}}, ("Security Options",)),
    ({"Privileges": {"AppArmor": {"Mode": "disabled"}}}, ("Security Options",)),
    ({"Privileges": {"NoNewPrivileges": True, "Seccomp": {"Mode": "default"}, "SELinuxContext": {"Disable": False}}}, ()),
]


@pytest.mark.parametrize(("container_spec", "options"), SERVICE_DANGERS)
def test_each_danger_of_a_service_needs_its_option(container_spec: dict[str, Any], options: tuple[str, ...]) -> None:
    review = workload.review_service({"TaskTemplate": {"ContainerSpec": container_spec}})

    assert review.problems == ()
    assert review.options == options
    for operation in ("Service Create", "Service Update"):
        assert set(options) <= {option.value for option in OPERATIONS[operation].options}


def test_a_service_on_the_host_network_needs_the_option_in_both_places_a_network_can_stand() -> None:
    assert workload.review_service({"Networks": [{"Target": "host"}]}).options == ("Host Networking Mode",)
    assert workload.review_service({"TaskTemplate": {"Networks": [{"Target": "host"}]}}).options == ("Host Networking Mode",)


def test_a_service_with_a_remote_log_driver_needs_the_option() -> None:
    for driver in ({"Name": "gelf"}, {"Options": {"gelf-address": "udp://10.0.0.1:1"}}):
        assert workload.review_service({"TaskTemplate": {"LogDriver": driver}}).options == ("Log Driver",)


@pytest.mark.parametrize(
    "template",
    [
        {"Runtime": "plugin"},
        {"Runtime": "attachment"},
        {"PluginSpec": {"Name": "x"}},
        {"NetworkAttachmentSpec": {"ContainerID": "x"}},
    ],
)
def test_services_that_are_not_of_containers_are_refused(template: dict[str, Any]) -> None:
    assert workload.review_service({"TaskTemplate": template}).problems


@pytest.mark.parametrize("name", ["ingress", "docker_gwbridge"])
def test_the_engines_own_networks_are_closed(name: str) -> None:
    assert workload.review_service({"TaskTemplate": {"Networks": [{"Target": name}]}}).problems
    assert workload.review_container_create({"HostConfig": {"NetworkMode": name}}).problems
    assert workload.review_container_create({"NetworkingConfig": {"EndpointsConfig": {name: {}}}}).problems


def test_the_host_network_among_the_endpoints_needs_the_option() -> None:
    review = workload.review_container_create({"NetworkingConfig": {"EndpointsConfig": {"host": None}}})

    assert review.options == ("Host Networking Mode",)


def test_the_network_id_of_an_endpoint_counts_as_much_as_its_name() -> None:
    """The engine joins the network of the id and ignores the name."""
    body = {"NetworkingConfig": {"EndpointsConfig": {"mine": {"NetworkID": "theirs"}}}}
    review = workload.review_container_create(body)

    assert {(r.kind, r.ref, r.operation) for r in review.references} == {
        ("network", "mine", "Network Connect"),
        ("network", "theirs", "Network Connect"),
    }
    for reference in review.references:
        workload.rewrite(review.spec, reference, reference.ref.upper())
    assert review.spec == {"NetworkingConfig": {"EndpointsConfig": {"MINE": {"NetworkID": "THEIRS"}}}}


def test_the_network_id_of_an_endpoint_does_not_open_the_engines_own_networks() -> None:
    def review(network_id: str) -> workload.Review:
        return workload.review_container_create({"NetworkingConfig": {"EndpointsConfig": {"n": {"NetworkID": network_id}}}})

    assert review("host").options == ("Host Networking Mode",)
    assert review("ingress").problems


def test_a_network_without_a_name_is_invalid() -> None:
    """The engine would look for it among all networks, and tell how many there are."""
    assert workload.review_container_create({"NetworkingConfig": {"EndpointsConfig": {"": {"NetworkID": "x"}}}}).problems
    assert workload.review_service({"TaskTemplate": {"Networks": [{"Target": ""}]}}).problems == (
        "TaskTemplate.Networks[0].Target: a network needs a name or an id",
    )
    assert workload.review_service({"Networks": [{}]}).problems


def test_published_ports_are_found() -> None:
    bindings = {"80/tcp": [{"HostPort": "8080"}, {"HostPort": ""}, None], "81/tcp": None, "9/udp": [{"HostPort": "90-95"}]}
    container = workload.review_container_create({"HostConfig": {"PortBindings": bindings}})
    service = workload.review_service({"EndpointSpec": {"Ports": [{"TargetPort": 80}, {"PublishedPort": 443}]}})

    assert [(each.first, each.last) for each in container.ports] == [(8080, 8080), (90, 95)]
    assert [workload.path_text(each.place) for each in service.ports] == ["EndpointSpec.Ports[1].PublishedPort"]


@pytest.mark.parametrize("text", ["zzz", "", "node.role=worker", "==x", "node.role==a==b", "node.id==x;y"])
def test_a_constraint_the_engine_cannot_read_is_invalid(text: str) -> None:
    review = workload.review_service({"TaskTemplate": {"Placement": {"Constraints": ["node.role==worker", text]}}})

    assert [problem.partition(":")[0] for problem in review.problems] == ["TaskTemplate.Placement.Constraints[1]"]


def test_sysctls_of_an_endpoint_need_the_option() -> None:
    endpoint = {"DriverOpts": {"com.docker.network.endpoint.sysctls": "net.ipv4.conf.IFNAME.forwarding=1"}}

    assert workload.review_container_create({"NetworkingConfig": {"EndpointsConfig": {"n": endpoint}}}).options == ("Sysctls",)
    assert workload.review_service({"TaskTemplate": {"Networks": [{"Target": "n", **endpoint}]}}).options == ("Sysctls",)


def test_references_of_a_container_are_found_and_rewritten_in_place() -> None:
    body: dict[str, Any] = {
        "Image": "web:1",
        "HostConfig": {
            "Binds": ["data:/data:ro"],
            "Mounts": [{"Type": "volume", "Source": "more", "Target": "/m"}],
            "VolumesFrom": ["other:ro", "third"],
            "PidMode": "container:other",
            "NetworkMode": "net1",
            "Links": ["db:database", "cache"],
        },
        "NetworkingConfig": {"EndpointsConfig": {"net1": {"Links": ["db"]}}},
    }
    original = copy.deepcopy(body)
    review = workload.review_container_create(body)

    assert {(r.kind, r.ref, r.operation) for r in review.references} == {
        ("image", "web:1", "Image View"),
        ("container", "other", "Container Exec"),
        ("container", "other", "Container Filesystem Read"),
        ("container", "third", "Container Filesystem Write"),
        ("container", "db", "Container Connect"),
        ("container", "cache", "Container Connect"),
        ("volume", "data", "Volume Create/Attach"),
        ("volume", "more", "Volume Create/Attach"),
        ("network", "net1", "Network Connect"),
    }
    for reference in review.references:
        workload.rewrite(review.spec, reference, reference.ref.upper())
    assert review.spec == {
        "Image": "WEB:1",
        "HostConfig": {
            "Binds": ["DATA:/data:ro"],
            "Mounts": [{"Type": "volume", "Source": "MORE", "Target": "/m"}],
            "VolumesFrom": ["OTHER:ro", "THIRD"],
            "PidMode": "container:OTHER",
            "NetworkMode": "NET1",
            "Links": ["DB:database", "CACHE:cache"],
        },
        "NetworkingConfig": {"EndpointsConfig": {"NET1": {"Links": ["DB:db"]}}},
    }
    assert body == original, "the caller's body is not touched"


def test_references_of_a_service_are_found_and_rewritten_in_place() -> None:
    spec: dict[str, Any] = {
        "TaskTemplate": {
            "ContainerSpec": {
                "Image": "web:1",
                "Secrets": [{"SecretID": "s1", "SecretName": "key"}],
                "Configs": [{"ConfigID": "c1", "ConfigName": "conf"}],
                "Mounts": [{"Type": "volume", "Source": "data", "Target": "/d"}],
            },
            "Networks": [{"Target": "net1"}],
        },
        "Networks": [{"Target": "net2"}],
    }
    review = workload.review_service(spec)

    assert {(r.kind, r.ref, r.operation) for r in review.references} == {
        ("image", "web:1", "Image View"),
        ("secret", "s1", "Secret Use"),
        ("config", "c1", "Config Use"),
        ("volume", "data", "Volume Create/Attach"),
        ("network", "net1", "Network Connect"),
        ("network", "net2", "Network Connect"),
    }
    assert all(reference.operation in OPERATIONS for reference in review.references)
    for reference in review.references:
        workload.rewrite(review.spec, reference, "x" + reference.ref)
    assert review.spec["TaskTemplate"]["ContainerSpec"]["Secrets"] == [{"SecretID": "xs1", "SecretName": "key"}]
    assert review.spec["TaskTemplate"]["Networks"] == [{"Target": "xnet1"}]


def test_a_secret_without_an_id_is_invalid() -> None:
    spec = {"TaskTemplate": {"ContainerSpec": {"Secrets": [{"SecretName": "key"}]}}}

    assert workload.review_service(spec).problems == ("TaskTemplate.ContainerSpec.Secrets[0].SecretID: is required",)


@pytest.mark.parametrize(
    "body",
    [
        {"Privileged": True},
        {"Binds": ["/:/x"]},
        {"hostconfig": {"Privileged": True}},
        {"Host\u017fConfig": {}},
        {"HostConfig": {"Bind\u017f": ["/:/x"]}},
        {"HostConfig": {"Networ\u212aMode": "host"}},
        {"HostConfig": {"privileged": True}},
        {"HostConfig": {"Unheard": None}},
        {"HostConfig": {"Privileged": "true"}},
        {"HostConfig": {"Binds": "/:/x"}},
        {"HostConfig": {"Memory": True}},
        {"HostConfig": {"Binds": [None]}},
        {"HostConfig": {"Mounts": [None]}},
        {"HostConfig": {"Mounts": [{"Type": "cluster"}]}},
        {"HostConfig": {"Mounts": [{"Target": "/x"}]}},
        {"HostConfig": []},
        {"Cpuset": "0"},
        {"Volumes": {"/x": {"a": 1}}},
    ],
)
def test_a_body_the_engine_could_read_otherwise_is_invalid(body: dict[str, Any]) -> None:
    review = workload.review_container_create(body)

    assert len(review.problems) == 1
    assert (review.options, review.references) == ((), ()) or "Mounts" in str(body)


def test_a_miscased_field_is_told_how_it_is_written() -> None:
    problems = workload.review_container_create({"HostConfig": {"Networ\u212aMode": "host"}}).problems

    assert problems == ("HostConfig.Networ\u212aMode: is written NetworkMode",)
    assert list(workload.describe(problems)) == [("HostConfig.Networ\u212aMode", "is written NetworkMode")]


def test_both_spellings_of_a_services_health_check_at_once_are_invalid() -> None:
    spec = {"TaskTemplate": {"ContainerSpec": {"Healthcheck": {}, "HealthCheck": {"Test": ["NONE"]}}}}

    assert len(workload.review_service(spec).problems) == 1


def _variants(name: str) -> st.SearchStrategy[str]:
    """Spellings that Go's decoder takes for `name`, other than `name`."""
    folds = {"s": "s\u017fS", "k": "k\u212aK"}
    letters = [st.sampled_from(folds.get(letter.lower(), letter.lower() + letter.upper())) for letter in name]
    return st.tuples(*letters).map("".join).filter(lambda text: text != name)


FIELDS = sorted(engine_json.shape("CONTAINER").fields["HostConfig"].fields)


@given(st.sampled_from(FIELDS).flatmap(_variants))
def test_no_other_spelling_of_a_field_gets_through(name: str) -> None:
    assert workload.review_container_create({"HostConfig": {name: None}}).problems


@pytest.mark.parametrize(
    ("labels", "is_refused"),
    [
        ({"com.docker.ucp.access.label": "/Shared"}, False),
        ({"com.docker.ucp.access.nonce": "x"}, False),
        ({"com.docker.compose.project": "x", "com.docker.stack.namespace": "y"}, False),
        ({"com.docker.swarm.service.id": "x"}, True),
        ({"com.docker.swarm.task.id": "x"}, True),
        ({"com.docker.ucp.collection": "x"}, True),
        ({"Com.Docker.UCP.Access.Label": "/"}, True),
    ],
)
def test_labels_with_a_meaning_are_reserved(labels: dict[str, str], is_refused: bool) -> None:
    assert bool(workload.review_container_create({"Labels": labels}).problems) is is_refused
    assert bool(workload.review_service({"Labels": labels}).problems) is is_refused


@pytest.mark.parametrize("label", ["com.docker.ucp.access.label", "com.docker.ucp.access.nonce"])
def test_labels_of_placement_are_refused_on_the_containers_of_a_service(label: str) -> None:
    spec = {"TaskTemplate": {"ContainerSpec": {"Labels": {label: "/Shared"}}}}

    assert workload.review_service(spec).problems


def test_a_privileged_exec_needs_the_option_and_dockerpys_container_is_dropped() -> None:
    review = workload.review_exec({"Cmd": ["sh"], "Privileged": True, "Container": "x"})

    assert (review.options, review.problems, review.spec) == (("Privileged",), (), {"Cmd": ["sh"], "Privileged": True})


@pytest.mark.parametrize(
    ("driver", "options", "needed"),
    [
        ("", {}, ()),
        ("local", {}, ()),
        ("local", {"type": "tmpfs"}, ("Local Driver Options",)),
        ("plugin", {}, ("Local Driver Options",)),
    ],
)
def test_volumes_with_driver_options_need_the_option(driver: str, options: dict[str, str], needed: tuple[str, ...]) -> None:
    assert workload.review_volume_options(driver, options) == needed

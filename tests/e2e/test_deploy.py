"""test_deploy.py - conf/deploy: what the compose file and the Kubernetes manifests name is there, and fits together."""
import re
import shutil
import subprocess

import pytest
import yaml

from host import PUSHD, ROOT

pytestmark = pytest.mark.spread

DEPLOY = ROOT / "conf" / "deploy"
IMAGE = ROOT / "conf" / "image"
VERSION = re.search(r"^VERSION = (.*)$", (ROOT / "Makefile").read_text(), re.M)[1]
USER = int(re.search(r"^user=(\d+)", (IMAGE / "build.sh").read_text(), re.M)[1])
PROGRAMS = {"fastim-pushd", "fastim-api", "nginx"}
ENDS_SECONDS = 1.5  # fastim-pushd(8): after push.drainSeconds, at the latest


def settings_of(text, folder):
    """What fastim-pushd makes of it, {"push.listen": …}; it has to be valid."""
    conf = folder / "fastim.yml"
    conf.write_text(text)
    subprocess.run([PUSHD, "-t", "-c", conf], check=True, capture_output=True)
    said = subprocess.run([PUSHD, "-T", "-c", conf], check=True, capture_output=True, text=True).stdout
    return dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)


def port_of(address):
    return int(address.rsplit(":", 1)[1])


def web_port():
    """Where nginx of the image listens."""
    return int(re.search(r"listen (\d+);", (IMAGE / "nginx.conf").read_text())[1])


def seconds(text):
    return float(re.fullmatch(r"(\d+)s", text)[1])


# ---- Kubernetes ----

@pytest.fixture(scope="module")
def manifests():
    return list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


def of_kind(manifests, kind):
    return [manifest for manifest in manifests if manifest["kind"] == kind]


@pytest.fixture(scope="module")
def pod(manifests):
    return of_kind(manifests, "StatefulSet")[0]["spec"]["template"]


@pytest.fixture(scope="module")
def containers(pod):
    return {container["name"]: container for container in pod["spec"]["containers"]}


@pytest.fixture
def pod_settings(manifests, tmp_path):
    return settings_of(of_kind(manifests, "Secret")[0]["stringData"]["fastim.yml"], tmp_path)


def test_kubernetes_schema():
    """each field is one of its kind: by kubeconform or kubernetes-validate, if one is here"""
    for command in (["kubeconform", "-strict"], ["kubernetes-validate", "--strict"]):
        if shutil.which(command[0]):
            subprocess.run([*command, DEPLOY / "kubernetes.yaml"], check=True)
            return
    pytest.skip("neither kubeconform nor kubernetes-validate is here")


def test_kubernetes_selectors(manifests, pod):
    """each selector finds the pods, and the set's service is there"""
    labels = pod["metadata"]["labels"].items()
    services = {service["metadata"]["name"]: service["spec"] for service in of_kind(manifests, "Service")}
    selectors = [spec["selector"] for spec in services.values()]
    selectors += [manifest["spec"]["selector"]["matchLabels"] for kind in ("StatefulSet", "PodDisruptionBudget")
                  for manifest in of_kind(manifests, kind)]
    selectors += [spread["labelSelector"]["matchLabels"] for spread in pod["spec"]["topologySpreadConstraints"]]
    assert len(selectors) == 5 and all(selector.items() <= labels for selector in selectors)
    assert services[of_kind(manifests, "StatefulSet")[0]["spec"]["serviceName"]]["clusterIP"] == "None"


def test_kubernetes_ports(manifests, containers, pod, pod_settings):
    """services, probes and Prometheus come where the programs listen"""
    ports = {port["name"]: port["containerPort"] for container in containers.values() for port in container.get("ports", ())}
    assert ports == {"http": web_port(), "push": port_of(pod_settings["push.listen"]), "health": port_of(pod_settings["push.health"])}
    for service in of_kind(manifests, "Service"):
        assert all(port["targetPort"] in ports for port in service["spec"]["ports"])
    for container in containers.values():
        own = {port["name"] for port in container.get("ports", ())}
        probes = [container[probe]["httpGet"] for probe in ("livenessProbe", "readinessProbe") if probe in container]
        assert all(probe["port"] in own for probe in probes)
    assert containers["push"]["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "health"}
    assert containers["push"]["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "health"}
    annotations = pod["metadata"]["annotations"]
    assert (annotations["prometheus.io/port"], annotations["prometheus.io/path"]) == (str(ports["health"]), "/metrics")
    assert not pod_settings["push.listen"].startswith("127.") and not pod_settings["push.health"].startswith("127.")


def test_kubernetes_drain(containers, pod, pod_settings):
    """no client is cut: the pod may take as long as its preStop and the draining do"""
    grace = pod["spec"]["terminationGracePeriodSeconds"]
    before = float(containers["push"]["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert grace >= before + float(pod_settings["push.drainSeconds"]) + ENDS_SECONDS
    web = containers["web"]["lifecycle"]["preStop"]["exec"]["command"][-1]
    waits = [float(number) for number in re.findall(r"sleep (\d+)", web)]
    assert "kill -QUIT 1" in web and waits[0] == before and sum(waits) > grace


def test_kubernetes_pod(manifests, containers, pod, pod_settings):
    """images, users, volumes and sockets: each one that is named is there; a worker has a core"""
    spec = pod["spec"]
    assert {container["image"] for container in containers.values()} == {f"fastim:{VERSION}"}
    assert {container["args"][0] for container in containers.values()} == PROGRAMS
    assert spec["securityContext"]["runAsUser"] == USER and spec["securityContext"]["runAsNonRoot"]
    assert all(container["securityContext"]["readOnlyRootFilesystem"] for container in containers.values())
    assert containers["push"]["resources"]["requests"]["cpu"] == pod_settings["push.workers"] == "1"
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    for container in containers.values():
        mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        assert set(mounts.values()) <= volumes.keys()
        for word in container["args"]:  # what it reads and writes is on a volume, or in the image
            if word.startswith(("/", "unix:/")):
                path = word.removeprefix("unix:")
                assert any(path.startswith(mount + "/") for mount in mounts) or (IMAGE / path.rsplit("/", 1)[1]).exists(), path
    secret = of_kind(manifests, "Secret")[0]
    assert volumes["settings"]["secret"]["secretName"] == secret["metadata"]["name"]
    socket = re.search(r"^api_socket=(.*)$", (ROOT / "conf" / "install.sh").read_text(), re.M)[1]
    assert f"unix:{socket}" in containers["api"]["args"]


# ---- compose ----

@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def test_compose_services(compose, tmp_path):
    """images, networks, configs and volumes: each one that is named is there"""
    services = compose["services"]
    settings = settings_of((DEPLOY / compose["configs"]["settings"]["file"]).read_text(), tmp_path)
    own = {name: service for name, service in services.items() if service["image"].startswith("fastim")}
    assert {service["image"] for service in own.values()} == {f"fastim:{VERSION}"}
    assert {service["command"][0] for service in own.values()} == PROGRAMS
    assert {service.get("network_mode", "service:push") for service in own.values()} == {"service:push"}
    assert settings["redis.host"] in services
    assert services["push"]["ports"] == [f"{web_port()}:{web_port()}"]
    for service in services.values():
        assert {volume.split(":")[0] for volume in service.get("volumes", ())} <= compose["volumes"].keys()
        assert {config["source"] for config in service.get("configs", ())} <= compose["configs"].keys()
        assert set(service.get("depends_on", ())) <= services.keys()
        if "-c" in service["command"]:
            path = service["command"][service["command"].index("-c") + 1]
            assert path in [config["target"] for config in service.get("configs", ())] or (IMAGE / path.rsplit("/", 1)[1]).exists()


def test_compose_health_and_drain(compose, tmp_path):
    """it is asked where it listens; it has the time to drain, and nginx waits for that"""
    services = compose["services"]
    settings = settings_of((DEPLOY / compose["configs"]["settings"]["file"]).read_text(), tmp_path)
    assert services["push"]["healthcheck"]["test"][-1] == f"http://127.0.0.1:{port_of(settings['push.health'])}/healthz"
    drain = float(settings["push.drainSeconds"]) + ENDS_SECONDS
    assert seconds(services["push"]["stop_grace_period"]) >= drain
    assert services["web"]["stop_signal"] == "SIGQUIT" and seconds(services["web"]["stop_grace_period"]) > drain


def test_compose_schema():
    """docker compose config, if it is here"""
    if not shutil.which("docker") or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode != 0:
        pytest.skip("no docker compose here")
    subprocess.run(["docker", "compose", "-f", DEPLOY / "compose.yaml", "config", "-q"], check=True)

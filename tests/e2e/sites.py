"""sites.py - a site that somebody has on a web server already, with an installed snippet in it, as it says to be put.

It proxies all that is not fastim's to an application; on a second port it wants a password for everything. What a
site may set it sets otherwise than the snippets want it: files are closed, bodies and answers are streamed.
"""
import base64
import contextlib
import grp
import hashlib
import http.server
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading

from daemon import Daemon
from host import BUILD, ROOT
from ports import free_port, is_listening
from processes import Process, eventually
from redis_server import RedisServer

USER, PASSWORD = "guest", "as I please"
ONE_HOST = "chat.example.org"
IN_A_HURRY = "in a hurry"
AS_ROOT = os.geteuid() == 0  # the web servers then work as www-data


class Application(http.server.ThreadingHTTPServer):
    """Says the same to everything, once it has all of it."""

    WORD = b"the application"

    class RequestHandlerClass(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Length", str(len(Application.WORD)))
            self.end_headers()
            self.wfile.write(Application.WORD)

        do_GET = do_POST

        def log_message(self, *_):
            """Nobody reads it."""

    def __init__(self):
        super().__init__(("127.0.0.1", free_port()), self.RequestHandlerClass)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, *_):
        """A client has gone."""

    def stop(self):
        self.shutdown()
        self.server_close()


class Fastim:
    """fastim as conf/install.sh puts it, below a folder, with its services; and what the sites have of their own."""

    def __init__(self, folder, logs, ends):
        self.folder, self.logs = folder, logs
        self.redis_server = RedisServer(folder / "redis")
        ends.callback(self.redis_server.stop)
        group = {"http.socketGroup": "www-data"} if AS_ROOT else {}
        self.daemon = Daemon(folder, self.redis_server, {"http.processes": 2, "http.requestsPerSecond": 0, "redis.timeoutMs": 30000, **group})
        ends.callback(self.daemon.stop)
        self.daemon.conf.chmod(0o644)
        self.install()
        self.api = Process([folder / "sbin/fastim-api", "-c", self.daemon.conf, "-s", f"unix:{self.run}/api.sock"],
                           logs / "api.log")
        ends.callback(self.api.stop)
        self.api.wait_line("^info started processes=")

        self.application = Application()
        ends.callback(self.application.stop)
        self.passwords = folder / "passwords"
        digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
        self.passwords.write_text(f"{USER}:{{SHA}}{digest}\n")
        self.passwords.chmod(0o644)
        self.own_program = shutil.copy(folder / "sbin/fastim-api", folder / "own")  # another one that speaks FastCGI

    def install(self):
        """Also the folders that systemd-tmpfiles would make."""
        subprocess.run(["bash", ROOT / "conf/install.sh", "install"], check=True, stdout=subprocess.DEVNULL, env={
            **os.environ, "BUILD": str(BUILD), "VERSION": "0", "DESTDIR": "", "PREFIX": str(self.folder),
            "UNITDIR": f"{self.folder}/units", "CONFIG": str(self.daemon.conf), "WEB_GROUP": "www-data"})
        self.run = self.folder / "run"
        for folder, mode in ((self.run, 0o755), (self.run / "web", 0o770)):
            folder.mkdir()
            folder.chmod(mode)
        if AS_ROOT:
            os.chown(self.run / "web", -1, grp.getgrnam("www-data").gr_gid)

    def snippet(self, name):
        """The installed one, with the sockets and the port of this test."""
        text = (self.folder / "share/fastim/web" / f"{name}.conf").read_text()
        return text.replace("/run/fastim", str(self.run)).replace("9001", str(self.daemon.port))


@contextlib.contextmanager
def installed(logs):
    with tempfile.TemporaryDirectory(prefix="fastim-") as folder, contextlib.ExitStack() as ends:
        os.chmod(folder, 0o755)  # for www-data
        yield Fastim(pathlib.Path(folder), logs, ends)


class Site:
    """Starts at once. `name` is that of a snippet; behind it stands where it is put: "for all sites", "for one host";
    or that the site waits for nobody longer than a second: "in a hurry"."""

    def __init__(self, fastim, name):
        self.fastim = fastim
        kind, _, self.where = name.partition(" ")
        self.snippet = fastim.snippet(kind)
        self.port, self.closed_port = free_port(), free_port()
        self.http, self.ws = f"http://127.0.0.1:{self.port}", f"ws://127.0.0.1:{self.port}"
        text, *command = {"lighttpd": (self.lighttpd, "lighttpd", "-D", "-f"),
                          "nginx": (self.nginx, "nginx", "-g", "daemon off;", "-c"),
                          "apache": (self.apache, "apache2", "-DFOREGROUND", "-f")}[kind.split("-")[0]]
        conf = fastim.folder / "site.conf"
        conf.write_text(text())
        self.process = Process([*command, conf], fastim.logs / f"{name}.log",
                               env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
        try:
            eventually(lambda: is_listening(self.port) and is_listening(self.closed_port), timeout=30, what=f"{self}")
        except BaseException:  # Ctrl-C as well
            self.stop()
            raise

    def __repr__(self):
        return f"<Site that logs to {self.process.log}>"

    def stop(self):
        self.process.stop()

    def lighttpd(self):
        snippet = self.snippet
        if self.where == "for one host":  # one that has files, and no application
            modules, = re.findall("^server.modules.*", snippet, re.M)
            snippet = f'{modules}\n$HTTP["host"] == "{ONE_HOST}" {{ proxy.server = ()\n{snippet.replace(modules, "")} }}'
        return f"""
server.modules = ("mod_access", "mod_alias", "mod_redirect", "mod_auth", "mod_authn_file", "mod_staticfile")
server.document-root = "{self.fastim.folder}/share/fastim/www"
server.upload-dirs = ("{self.fastim.run}/web")
{'server.username = "www-data" server.groupname = "www-data"' if AS_ROOT else ""}
server.bind = "127.0.0.1"
server.port = {self.port}
server.stream-request-body = 2
server.stream-response-body = 2
proxy.server = ("" => (("host" => "127.0.0.1", "port" => {self.fastim.application.server_port})))
auth.backend = "htpasswd"
auth.backend.htpasswd.userfile = "{self.fastim.passwords}"
$SERVER["socket"] == "127.0.0.1:{self.closed_port}" {{
    auth.require = ("" => ("method" => "basic", "realm" => "closed", "require" => "valid-user"))
}}
{snippet}
"""

    def nginx(self):
        run = self.fastim.run
        fastim_and_all_else = f"""{self.snippet}
        location / {{ proxy_pass http://127.0.0.1:{self.fastim.application.server_port}; }}"""
        return f"""
{"user www-data;" if AS_ROOT else ""}
pid {run}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {run}/body; proxy_temp_path {run}/proxy; fastcgi_temp_path {run}/fastcgi;
    uwsgi_temp_path {run}/uwsgi; scgi_temp_path {run}/scgi;
    fastcgi_request_buffering off;
    fastcgi_buffering off;
    proxy_ignore_headers X-Accel-Buffering;
    proxy_read_timeout {1 if self.where == IN_A_HURRY else 60}s;
    server {{
        listen 127.0.0.1:{self.port};
        {fastim_and_all_else}
    }}
    server {{
        listen 127.0.0.1:{self.closed_port};
        auth_basic closed;
        auth_basic_user_file {self.fastim.passwords};
        {fastim_and_all_else}
    }}
}}
"""

    def apache(self):
        """Its modules are some of those that Debian enables, and those that the snippet wants enabled."""
        run = self.fastim.run
        modules = ["mpm_event", "authz_core", "authn_core", "authn_file", "authz_user", "auth_basic", "alias"]
        modules += sorted(set(re.search("a2enmod ([a-z_ ]+)", self.snippet)[1].split()) | {"env"})
        load = "\n".join(f"LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so" for module in modules)
        for_all, _, for_one = self.snippet.rpartition("# ---- for all sites, or for one ----")
        if self.where == "for all sites":
            for_all, for_one = self.snippet, ""
        fastim_and_all_else = f"""{for_one}
    ProxyPass "/" "http://127.0.0.1:{self.fastim.application.server_port}/\""""
        return f"""
ServerRoot {self.fastim.folder}
ServerName localhost
{"User www-data" if AS_ROOT else ""}
{"Group www-data" if AS_ROOT else ""}
Listen 127.0.0.1:{self.port}
Listen 127.0.0.1:{self.closed_port}
PidFile {run}/apache.pid
DefaultRuntimeDir {run}/web
Mutex file:{run}/web default
ErrorLog /dev/stderr
StartServers 4
Timeout {1 if self.where == IN_A_HURRY else 60}
{load}
<IfModule cgid_module>
    ScriptSock {run}/web/cgid.sock
</IfModule>
<IfModule fcgid_module>
    FcgidIPCDir {run}/web
    FcgidProcessTableFile {run}/web/table
</IfModule>
<Directory />
    AllowOverride None
    Require all denied
    AcceptPathInfo Off
</Directory>
{for_all}
<VirtualHost 127.0.0.1:{self.port}>
    ProxyPass /own !
    Alias /own {self.fastim.own_program}
    <Location /own>
        SetHandler fcgid-script
        Options +ExecCGI
        AcceptPathInfo On
        Require all granted
    </Location>
    {fastim_and_all_else}
</VirtualHost>
<VirtualHost 127.0.0.1:{self.closed_port}>
    <Location />
        AuthType Basic
        AuthName closed
        AuthUserFile {self.fastim.passwords}
        Require valid-user
    </Location>
    {fastim_and_all_else}
</VirtualHost>
"""

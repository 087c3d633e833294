"""``run``: checks, starts everything, stays in the foreground, ends everything."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import Popen
from types import FrameType

from compose.launcher import airflow
from compose.launcher.bringup import BringUp
from compose.launcher.credentials import SIGNIN_ACCOUNT, issue_signin_link
from compose.launcher.errors import InterruptedStartError
from compose.launcher.instance import only_instance
from compose.launcher.preflight import check_folder, check_ports
from compose.launcher.processes import end_stack
from compose.launcher.progress import Progress
from compose.launcher.seed import has_been_seeded
from compose.launcher.stack import Stack
from compose.launcher.waiting import Patience

START_SECONDS = 300.0
WATCH_SECONDS = 1.0
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(stack: Stack) -> None:
    """Start the stack and return once it has ended, which Ctrl-C, SIGTERM or ``stop`` bring about.

    Raises
    ------
    LaunchError
        Something keeps the stack from starting; nothing is left running.
    """
    progress = Progress()
    patience = Patience(START_SECONDS)
    check_folder(stack.layout, stack.postgres.socket_port)
    with only_instance(stack.layout, stack.services.console_url), _ending(patience):
        progress.say(f"Starting the Anomaly Console; everything is kept in {stack.layout.root}")
        end_stack(stack.layout)
        check_ports(stack.settings)
        try:
            _Session(stack, patience, progress).hold()
        except InterruptedStartError:
            progress.say("Stopped before everything was ready.")
        finally:
            end_stack(stack.layout)
        progress.say("Everything has been stopped.")


@contextmanager
def _ending(patience: Patience) -> Iterator[None]:
    """Let signals end every wait; the end of the terminal only where ``nohup`` did not ask else."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        patience.stopping.set()

    before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
    if before[signal.SIGHUP] is signal.SIG_IGN:
        del before[signal.SIGHUP]
    for number in before:
        signal.signal(number, stop)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@dataclass
class _Session:
    """From the first process to the last."""

    stack: Stack
    patience: Patience
    progress: Progress

    def hold(self) -> None:
        """Keep the stack up until somebody asks to stop, also when the supervisor itself dies."""
        self._prepare()
        daemon = self._bring_up()
        self._welcome()
        while not self.patience.stopping.wait(WATCH_SECONDS):
            if daemon.poll() is None:
                continue
            self.progress.say("The supervisor ended unexpectedly; starting everything again.")
            end_stack(self.stack.layout)
            self.patience = Patience(START_SECONDS, self.patience.stopping)
            daemon = self._bring_up()
            self.progress.say("Everything runs again.")

    def _prepare(self) -> None:
        self.stack.credentials.create()
        airflow.forget_own_configuration(self.stack.layout)
        account = self.stack.postgres.account()
        if not self.stack.postgres.has_cluster():
            with self.progress.step("PostgreSQL's database cluster was made"):
                self.stack.postgres.create_cluster(account)
        self.stack.postgres.forget_dead_server()

    def _bring_up(self) -> Popen[bytes]:
        stack = self.stack
        database = stack.postgres.program(stack.postgres.account())
        daemon = stack.supervisor.start([database, *stack.services.programs()])
        BringUp(stack.services, stack.supervisor, self.patience, self.progress)()
        for name in self._extras():
            stack.supervisor.start_program(name)
        return daemon

    def _extras(self) -> Iterator[str]:
        """Name the programs that nobody has to wait for."""
        if self.stack.services.grafana_url:
            yield "grafana"
        if self.stack.settings.seed_sample and not has_been_seeded(self.stack.layout):
            yield "sample"

    def _welcome(self) -> None:
        stack, say = self.stack, self.progress.say
        if "sample" in self._extras():
            log = stack.layout.log_of("sample")
            say(f"An empty store is being filled with the sample data and a first run; see {log}")
        if stack.services.grafana_url:
            password = stack.credentials.folder / "grafana_admin_password"
            say(f"Grafana: {stack.services.grafana_url}, account admin, password in {password}")
        url = stack.services.console_url
        link = issue_signin_link(stack.layout.signin_link, stack.credentials, url)
        say(f"Account: {SIGNIN_ACCOUNT}, password in {stack.credentials.accounts}")
        say(f"Sign in once without a password: {link}")
        say(f"Console ready: {url}")

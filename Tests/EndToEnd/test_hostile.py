"""What hostile or unlucky clients do, in small; acceptance/ has it by the thousand."""

from harness.wire import Wire, get


def test_a_first_request_that_comes_with_sigterm_is_answered(launch):
    server = launch()
    with Wire(server) as wire:
        server.terminate()
        assert wire.send(get(server, "/api/v1/status", close=False)).read().status_code == 200
    server.wait()


def test_a_client_that_reads_nothing_of_many_answers_holds_up_nobody(server):
    with Wire(server) as deaf, Wire(server) as other:
        deaf.send(get(server, "/api/v1/status", close=False) * 2_000)
        for _ in range(50):
            assert other.send(get(server, "/api/v1/status", close=False)).read().status_code == 200
        for _ in range(2_000):
            assert deaf.read().status_code == 200

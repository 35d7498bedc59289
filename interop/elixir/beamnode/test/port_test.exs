defmodule Beamnode.PortTest do
  use ExUnit.Case
  import ExUnit.CaptureLog
  import Support

  setup do
    Process.flag(:trap_exit, true)
    :ok
  end

  defp shell(script), do: ["sh", "-c", script]

  defp start(options) do
    {:ok, port} = Beamnode.Port.start_link(options)
    {port, Beamnode.Port.os_pid(port)}
  end

  test "is up when the program is ready and its node is connected" do
    node = fresh_node()
    {port, os_pid} = start(command: engine(node), node: node)
    assert node in Node.list()
    assert runs?(os_pid)
    GenServer.stop(port)
    refute runs?(os_pid)
  end

  test "forwards what the program writes, to stdout and to stderr" do
    log =
      capture_log(fn ->
        {port, os_pid} =
          start(command: shell("echo one; echo two >&2; echo READY; printf three; exec sleep 60"))

        GenServer.stop(port)
        refute runs?(os_pid)
      end)

    for line <- ["one", "two", "READY"], do: assert(log =~ ~r/sh \(\d+\): #{line}$/m)
  end

  test "forwards long lines whole, and endless ones in parts" do
    log =
      capture_log(fn ->
        {port, _} =
          start(
            command: shell("head -c 6000 /dev/zero | tr '\\0' x; echo; echo READY; exec sleep 60")
          )

        GenServer.stop(port)
      end)

    assert log =~ String.duplicate("x", 6_000)
    script = "echo READY; head -c 1000000 /dev/zero | tr '\\0' x; echo; echo end; exec sleep 60"

    log =
      capture_log(fn ->
        {port, _} = start(command: shell(script))
        Process.sleep(500)
        assert byte_size(:sys.get_state(port).partial) < 100_000
        GenServer.stop(port)
      end)

    assert log =~ "end"
  end

  test "ends with the status of the program" do
    {port, _} = start(command: shell("echo READY; sleep 0.1; exit 3"))
    assert_receive {:EXIT, ^port, {:exit_status, 3}}, 5_000
    {port, _} = start(command: shell("echo READY; sleep 0.1"))
    assert_receive {:EXIT, ^port, :normal}, 5_000

    for {name, status} <- [SEGV: 139, KILL: 137] do
      {port, os_pid} = start(command: shell("echo READY; exec sleep 60"))
      signal(os_pid, name)
      assert_receive {:EXIT, ^port, {:exit_status, ^status}}, 5_000
    end
  end

  test "a program that is never ready, is not there or gives up has not started" do
    assert {:error, {:exit_status, 127}} = Beamnode.Port.start_link(command: ["/no/such/program"])
    assert {:error, {:exit_status, 9}} = Beamnode.Port.start_link(command: shell("exit 9"))
    file = Path.join(System.tmp_dir!(), "beamnode_#{System.unique_integer([:positive])}")

    assert {:error, :not_ready} =
             Beamnode.Port.start_link(
               command: shell("echo $$ >#{file}; exec sleep 60"),
               ready_timeout: 300
             )

    refute runs?(file |> File.read!() |> String.trim())
    File.rm!(file)
    node = fresh_node()
    {port, _} = start(command: engine(node), node: node)
    assert {:error, {:exit_status, status}} = Beamnode.Port.start_link(command: engine(node))
    assert status != 0
    GenServer.stop(port)
    nowhere = fresh_node()

    assert {:error, {:not_connected, ^nowhere}} =
             Beamnode.Port.start_link(command: shell("echo READY; exec sleep 60"), node: nowhere)
  end

  test "asks first, then insists" do
    polite = "trap 'echo bye; exit 0' TERM; echo READY; while :; do sleep 0.05; done"

    log =
      capture_log(fn ->
        {port, os_pid} = start(command: shell(polite))
        GenServer.stop(port)
        refute runs?(os_pid)
      end)

    assert log =~ "bye"
    deaf = "trap '' TERM; echo READY; while :; do sleep 0.05; done"
    {port, os_pid} = start(command: shell(deaf), stop_timeout: 400)
    before = System.monotonic_time(:millisecond)
    GenServer.stop(port)
    refute runs?(os_pid)
    assert (System.monotonic_time(:millisecond) - before) in 300..3_000
  end

  test "ends the program when it is killed itself" do
    {port, os_pid} = start(command: shell("echo READY; exec sleep 60"))
    Process.exit(port, :kill)
    eventually(fn -> not runs?(os_pid) end)
  end

  test "leaves no orphan when the BEAM is killed" do
    node = fresh_node()
    ebin = :beamnode |> Application.app_dir("ebin")

    code = """
    {:ok, port} = Beamnode.Port.start_link(command: #{inspect(engine(node))})
    IO.puts("PIDS \#{System.pid()} \#{Beamnode.Port.os_pid(port)}")
    IO.gets("")
    """

    other =
      Port.open({:spawn_executable, System.find_executable("elixir")}, [
        :binary,
        line: 1000,
        args: ["-pa", ebin, "-e", code]
      ])

    [beam, program] = await_pids(other)
    assert runs?(beam) and runs?(program)
    signal(beam, "KILL")
    eventually(fn -> not runs?(program) end)
    refute runs?(beam)
  end

  defp await_pids(port) do
    receive do
      {^port, {:data, {:eol, "PIDS " <> pids}}} -> String.split(pids)
      {^port, {:data, _}} -> await_pids(port)
    after
      20_000 -> flunk("the other BEAM did not start")
    end
  end
end

defmodule PeerCase do
  @moduledoc """
  Tests against one conformance peer per module: `%{node: node, peer: program}`. It is our
  `conformance_peer`, or where BEAMNODE_REFERENCE names a directory with a compiled module
  `city_peer`, a BEAM that runs that. Both must pass every test.

      check "sums", ask(node, :add, [1, 2]) == 3

  is a test of one assertion. At the end the peer is asked to stop, and must end with status 0.
  """
  use ExUnit.CaseTemplate

  using do
    quote do
      import PeerCase
      import CityCase, only: [cookie: 0, fresh_node: 1, start_beam: 2, start_beam: 3]
    end
  end

  setup_all do
    node = CityCase.fresh_node("peer")
    peer = launch_peer(node)
    Program.await_line(peer, ~r/^READY$/, 20_000)
    ExUnit.Callbacks.on_exit(fn -> end_peer(peer) end)
    true = Node.connect(node)
    %{peer: peer, node: node}
  end

  setup %{node: node} do
    Process.flag(:trap_exit, false)
    true = Node.connect(node)
    :ok
  end

  defmacro check(name, assertion) do
    quote do
      test unquote(name), %{node: var!(node), peer: var!(peer)} do
        _ = {var!(node), var!(peer)}
        assert unquote(assertion)
      end
    end
  end

  @doc "Starts the program under test and waits for nothing."
  def launch_peer(node, arguments \\ []) do
    case System.get_env("BEAMNODE_REFERENCE", "") do
      "" ->
        Program.start(:conformance_peer, ["--name", node, "--cookie", CityCase.cookie()] ++ arguments, node)

      directory ->
        flags = ["-noinput", "-name", node, "-setcookie", CityCase.cookie(), "-pa", directory, "-s", "city_peer"]
        Program.start(:erl, flags ++ Enum.flat_map(arguments, &as_beam_flag/1), node)
    end
  end

  defp as_beam_flag("--hidden"), do: ["-hidden"]
  defp as_beam_flag("--ticktime=" <> seconds), do: ["-kernel", "net_ticktime", seconds]

  @doc "Another peer of the kind under test, for one test."
  def start_peer(node, arguments \\ []) do
    peer = launch_peer(node, arguments)
    Program.await_line(peer, ~r/^READY$/, 20_000)
    ExUnit.Callbacks.on_exit(fn -> end_peer(peer) end)
    peer
  end

  def end_peer(peer) do
    if Program.exit_status(peer) == nil do
      Program.signal(peer, "TERM")
      ExUnit.Assertions.assert({0, ""} == Program.await_exit(peer, 20_000))
    end
  end

  @doc "city_peer:function(arguments...) on the peer."
  def ask(node, function, arguments \\ []), do: :erpc.call(node, :city_peer, function, arguments, 15_000)

  @doc "How such a call fails: `{class, reason}` as erpc raises it, or `{:ok, value}`."
  def failure(node, module \\ :city_peer, function, arguments) do
    {:ok, :erpc.call(node, module, function, arguments, 15_000)}
  catch
    class, reason -> {class, reason}
  end

  @doc "The reason of a call that fails in class error."
  def error(node, function, arguments) do
    case failure(node, function, arguments) do
      {:error, {:exception, reason, [_ | _]}} -> reason
      other -> {:no_error, other}
    end
  end

  @doc "The registered process of the peer under that name."
  def pid_of(node, name), do: :erpc.call(node, :city_peer, :whereis, [name])

  @doc "The exit reason of a monitored process, which must end soon."
  def reason_of({pid, ref}) do
    receive do
      {:DOWN, ^ref, :process, ^pid, reason} -> reason
    after
      8_000 -> ExUnit.Assertions.flunk("#{inspect(pid)} does not end")
    end
  end

  @doc "How a process of the peer ends that is spawned so."
  def ends(node, function, arguments), do: reason_of(Node.spawn_monitor(node, :city_peer, function, arguments))

  @doc "What a process of the test's own does and returns; its links and messages die with it."
  def apart(work) do
    test = self()
    {pid, ref} = spawn_monitor(fn -> send(test, {self(), :did, work.()}) end)

    receive do
      {^pid, :did, result} ->
        Process.demonitor(ref, [:flush])
        result

      {:DOWN, ^ref, :process, ^pid, reason} ->
        {:ended, reason}
    after
      30_000 -> ExUnit.Assertions.flunk("it takes too long")
    end
  end

  @doc "The next message."
  def next(timeout \\ 5_000) do
    receive do
      message -> message
    after
      timeout -> :silence
    end
  end

  @doc "A node name nobody has."
  def nowhere, do: :"nobody@127.0.0.1"

  @doc "A process of this node that ends with `reason` when it gets :end."
  def ours(reason \\ :ours_ended), do: spawn(fn -> receive(do: (:end -> exit(reason))) end)

  @doc "A process of this node that is gone."
  def dead do
    {pid, ref} = spawn_monitor(fn -> :ok end)
    receive(do: ({:DOWN, ^ref, _, _, _} -> pid))
  end
end

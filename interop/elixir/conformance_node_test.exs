defmodule ConformanceNodeTest do
  @moduledoc "The peer as a node: how it starts, is seen, goes and comes again."
  use PeerCase

  defp start(arguments \\ []) do
    node = fresh_node("other")
    peer = start_peer(node, arguments)
    true = Node.connect(node)
    {node, peer}
  end

  test "SIGTERM ends it with status 0, and others see nodedown" do
    {node, peer} = start()
    :net_kernel.monitor_nodes(true)
    Program.signal(peer, "TERM")
    assert {0, ""} = Program.await_exit(peer, 20_000)
    assert next() == {:nodedown, node}
    :net_kernel.monitor_nodes(false)
  end

  test "a name that is taken: no READY, and a status other than 0", %{node: node, peer: peer} do
    second = launch_peer(node)
    {status, _} = Program.await_exit(second, 20_000)
    assert status != 0
    assert "READY" not in Program.lines(second)
    assert Program.exit_status(peer) == nil
    assert ask(node, :add, [1, 2]) == 3
  end

  test "it is visible, unless it is hidden", %{node: node} do
    {hidden, _} = start(["--hidden"])
    assert node in Node.list()
    assert hidden not in Node.list()
    assert hidden in Node.list(:hidden)
    assert ask(hidden, :node) == hidden
  end

  test "a hidden peer sees everybody as hidden, as they see it" do
    {hidden, _} = start(["--hidden"])
    assert node() not in ask(hidden, :nodes)
    assert node() in ask(hidden, :nodes, [:hidden])
    assert node() in ask(hidden, :nodes, [:connected])
  end

  test "with a short tick time the connection stays while nobody speaks" do
    {node, _} = start(["--ticktime=60"])
    echo = pid_of(node, :echo)
    Process.sleep(300)
    send(echo, {self(), :still})
    assert next() == {echo, :still}
  end

  test "killed and started again under its name, it is another life" do
    {node, peer} = start()
    old = pid_of(node, :echo)
    ref = Process.monitor(old)
    Program.signal(peer, "KILL")
    assert next() == {:DOWN, ref, :process, old, :noconnection}
    Program.await_exit(peer)
    start_peer(node)
    Eventually.holds(8_000, "its new life", fn -> Node.connect(node) end)
    new = pid_of(node, :echo)
    assert new != old
    # The old pid reaches nobody: not by message, link, monitor or exit.
    send(old, {self(), :lost})
    assert reason_of({old, Process.monitor(old)}) in [:noproc, :noconnection]
    Process.exit(old, :kill)
    assert pid_of(node, :echo) == new
    send(new, {self(), :found})
    assert next() == {new, :found}
  end

  test "two peers speak with each other", %{node: node} do
    {other, _} = start()
    assert ask(node, :ping, [other]) == :pong
    assert ask(other, :rpc, [node, :city_peer, :add, [20, 22], 5000]) == {:ok, 42}
    assert {pid, :between} = ask(node, :spawn_monitor_wait, [other, :city_peer, :die, [:between]])
    assert node(pid) == other
    assert {:DOWN, :process, {:nobody, ^other}, :noproc} = ask(node, :monitor_wait, [{:nobody, other}, 5000])
    assert {:ok, n} = ask(other, :call, [{:counter, node}, :get, 5000])
    assert is_number(n)
    assert ask(node, :alias_roundtrip, [{:echo, other}]) == {:first, :first, :second, :none}
    assert ask(node, :flood, [{:sink, other}, 5_000, 100]) == :ok
    Eventually.holds(8_000, "5,001 messages", fn -> GenServer.call({:sink, other}, :count) == 5_001 end)
  end

  test "both connect at once, again and again", %{node: node} do
    for _ <- 1..10 do
      Node.disconnect(node)
      tasks = for _ <- 1..5, do: Task.async(fn -> ask(node, :node) end)
      assert tasks |> Enum.map(&Task.await(&1, 20_000)) |> Enum.uniq() == [node]
    end
  end

  test "a wrong cookie is refused, and others are served on", %{node: node} do
    other = fresh_node("liar")
    code = "R = net_kernel:connect_node('#{node}'), io:format(\"~p~n\", [R])."
    beam = Program.start(:erl, ["-noinput", "-name", other, "-setcookie", "wrong", "-eval", code])
    ExUnit.Callbacks.on_exit(fn -> Program.signal(beam, "KILL") end)
    assert Program.await_line(beam, ~r/^false$/, 15_000)
    assert other not in ask(node, :nodes, [:connected])
  end

  test "three BEAMs come at once, and all are served", %{node: node} do
    names = for _ <- 1..3, do: fresh_node("guest")
    for name <- names, do: start_beam(name, "pong = net_adm:ping('#{node}').")
    for name <- names, do: assert(GenServer.call({:events, node}, {:wait, {:nodeup, name}, 8_000}, 10_000))
    assert names -- ask(node, :nodes) == []
    for name <- names, do: assert(ask(node, :rpc, [name, :erlang, :node, [], 5000]) == {:ok, name})
  end
end

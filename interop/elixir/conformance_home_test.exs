defmodule ConformanceHomeTest do
  @moduledoc "The peer as a node: whom it connects to, its names, floods and timers."
  use PeerCase
  @compile {:no_warn_undefined, :city_peer}

  defp unique, do: :"name_#{System.unique_integer([:positive])}"

  # -- nodes

  check "connect: to us is true already", ask(node, :connect, [node()]) == true
  check "connect: to itself is true", ask(node, :connect, [node]) == true
  check "connect: to nobody is false", ask(node, :connect, [nowhere()]) == false
  check "ping: us", ask(node, :ping, [node()]) == :pong
  check "ping: itself", ask(node, :ping, [node]) == :pong
  check "ping: nobody", ask(node, :ping, [nowhere()]) == :pang
  check "disconnect: from nobody is false", ask(node, :disconnect, [nowhere()]) == false

  test "connect, disconnect, and connect another node", %{node: node} do
    other = fresh_node("other")
    start_beam(other, "ok.")
    Eventually.holds(8_000, "the other node", fn -> ask(node, :connect, [other]) end)
    assert other in ask(node, :nodes)
    assert ask(node, :rpc, [other, :erlang, :node, [], 5000]) == {:ok, other}
    assert ask(node, :disconnect, [other]) == true
    assert other not in ask(node, :nodes)
    assert ask(node, :disconnect, [other]) == false
    assert ask(node, :ping, [other]) == :pong
    assert other in ask(node, :nodes)
  end

  test "pinged by net_adm", %{node: node} do
    assert :net_adm.ping(node) == :pong
  end

  test "a node with a dynamic name is served", %{node: node} do
    test_node = node()
    code = """
    N = fun F() -> case net_kernel:connect_node('#{node}') of true -> ok; _ -> timer:sleep(100), F() end end,
    N(), V = erpc:call('#{node}', city_peer, add, [40, 2]),
    {echo, '#{node}'} ! {self(), hello}, E = receive {_, hello} -> true after 5000 -> false end,
    P = spawn_link('#{node}', city_peer, echo_loop, []), P ! {self(), 1},
    L = receive {P, 1} -> true after 5000 -> false end,
    Up = lists:member(node(), erpc:call('#{node}', city_peer, nodes, [connected])),
    net_kernel:connect_node('#{test_node}'),
    {dynamic_test, '#{test_node}'} ! {V, E, L, Up, node()}.
    """

    Process.register(self(), :dynamic_test)
    beam = Program.start(:erl, ["-noinput", "-name", "undefined@127.0.0.1", "-setcookie", cookie(), "-eval", code])
    ExUnit.Callbacks.on_exit(fn -> Program.signal(beam, "KILL") end)
    assert {42, true, true, true, name} = next(15_000)
    assert name not in [node, node(), :nonode@nohost]
  end

  # -- names

  test "register, whereis and unregister", %{node: node} do
    name = unique()
    assert ask(node, :whereis, [name]) == :undefined
    pid = ask(node, :register, [name, :echo])
    assert ask(node, :whereis, [name]) == pid
    send({name, node}, {self(), :x})
    assert next() == {pid, :x}
    assert ask(node, :unregister, [name]) == true
    assert ask(node, :whereis, [name]) == :undefined
    send(pid, {self(), :still_alive})
    assert next() == {pid, :still_alive}
  end

  test "register: a sink", %{node: node} do
    name = unique()
    ask(node, :register, [name, :sink])
    for i <- 1..3, do: send({name, node}, i)
    assert GenServer.call({name, node}, :count) == 3
  end

  test "register: a name that is taken is badarg, and its owner stays", %{node: node} do
    owner = pid_of(node, :echo)
    assert error(node, :register, [:echo, :echo]) == :badarg
    assert pid_of(node, :echo) == owner
  end

  check "register: undefined is badarg", error(node, :register, [:undefined, :echo]) == :badarg
  check "unregister: a name nobody has is badarg", error(node, :unregister, [:nobody]) == :badarg
  check "whereis: what is no atom is badarg", error(node, :whereis, ["echo"]) == :badarg

  test "a name is free again when its process ends", %{node: node} do
    name = unique()
    pid = ask(node, :register, [name, :echo])
    ref = Process.monitor(pid)
    Process.exit(pid, :kill)
    reason_of({pid, ref})
    assert is_pid(ask(node, :register, [name, :echo]))
  end

  # -- flood and timers

  for {count, size} <- [{0, 8}, {1, 0}, {100, 1}, {1000, 8}, {1000, 100}, {200, 100_000}] do
    test "flood: #{count} of #{size} bytes, in order", %{node: node} do
      assert ask(node, :flood, [self(), unquote(count), unquote(size)]) == :ok
      assert flooded(0, unquote(size)) == unquote(count)
    end
  end

  # Checks each message and returns how many came before `done`.
  defp flooded(i, size) do
    case next() do
      :done -> i
      message -> message == numbered(i, size) && flooded(i + 1, size)
    end
  end

  defp numbered(i, size) when size >= 8, do: <<i::64, 0::size(8 * (size - 8))>>
  defp numbered(_, size), do: <<0::size(8 * size)>>

  test "flood: 20,000 to a name, while others are served", %{node: node} do
    name = unique()
    Process.register(self(), name)
    request = :erpc.send_request(node, :city_peer, :flood, [{name, node()}, 20_000, 64])
    pings = Task.async(fn -> for _ <- 1..20, do: ask(node, :add, [1, 1]) end)
    # Passes over the answer to our request, which is no part of the flood.
    assert received(0) == 20_000
    assert Task.await(pings, 15_000) |> Enum.uniq() == [2]
    assert :erpc.receive_response(request, 5_000) == :ok
  end

  defp received(n) do
    receive do
      <<i::64, _::binary>> when i == n -> received(n + 1)
      :done -> n
    after
      5_000 -> {:silence, n}
    end
  end

  test "send_after: after its time, not before", %{node: node} do
    {ms, answers} = CityCase.timed(fn -> {ask(node, :send_after, [200, self(), :late]), next()} end)
    assert answers == {:ok, :late}
    assert ms in 195..3_000
  end

  test "send_after: in the order of their times", %{node: node} do
    for ms <- [150, 50, 100], do: ask(node, :send_after, [ms, self(), ms])
    assert for(_ <- 1..3, do: next()) == [50, 100, 150]
  end

  test "send_after: to a name and to an alias", %{node: node} do
    name = unique()
    Process.register(self(), name)
    ask(node, :send_after, [0, {name, node()}, :by_name])
    assert next() == :by_name
    ask(node, :send_after, [0, :erlang.alias(), :by_alias])
    assert next() == :by_alias
  end
end

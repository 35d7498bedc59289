defmodule Desk do
  @moduledoc "A GenServer of the tests' node for the peer to call."
  use GenServer

  def init(test), do: {:ok, test}
  def handle_call({:say, term}, _from, test), do: {:reply, {:said, term}, test}
  def handle_call({:slow, ms}, _from, test), do: Process.sleep(ms) && {:reply, :late, test}
  def handle_call({:stop, reason}, _from, test), do: {:stop, reason, test}

  def handle_cast(message, test) do
    send(test, {:cast, message})
    {:noreply, test}
  end
end

defmodule ConformanceActiveTest do
  @moduledoc "The peer as the active party: it calls, spawns, links, monitors and connects to this node."
  use PeerCase
  @compile {:no_warn_undefined, :city_peer}

  defp desk(name \\ nil) do
    options = if name, do: [name: name], else: []
    {:ok, desk} = GenServer.start(Desk, self(), options)
    desk
  end

  defp unique, do: :"name_#{System.unique_integer([:positive])}"
  defp gone(why, server, request, timeout), do: {:exit, {why, {:gen_server, :call, [server, request, timeout]}}}

  # -- call and cast

  test "call: by pid", %{node: node} do
    assert ask(node, :call, [desk(), {:say, 1}, 5000]) == {:ok, {:said, 1}}
  end

  test "call: by name and node", %{node: node} do
    name = unique()
    desk(name)
    assert ask(node, :call, [{name, node()}, {:say, "x"}, 5000]) == {:ok, {:said, "x"}}
  end

  test "call: with infinity", %{node: node} do
    assert ask(node, :call, [desk(), {:say, :y}, :infinity]) == {:ok, {:said, :y}}
  end

  test "call: a server of its own, by name", %{node: node} do
    assert {:ok, n} = ask(node, :call, [:counter, :get, 5000])
    assert is_number(n)
  end

  test "call: timeout", %{node: node} do
    desk = desk()
    assert ask(node, :call, [desk, {:slow, 300}, 100]) == gone(:timeout, desk, {:slow, 300}, 100)
  end

  test "call: nobody of that name", %{node: node} do
    assert ask(node, :call, [{:nobody, node()}, :x, 5000]) == gone(:noproc, {:nobody, node()}, :x, 5000)
  end

  test "call: nobody of that name on its own node", %{node: node} do
    assert ask(node, :call, [:nobody, :x, 5000]) == gone(:noproc, :nobody, :x, 5000)
  end

  test "call: a dead pid", %{node: node} do
    dead = dead()
    assert ask(node, :call, [dead, :x, 5000]) == gone(:noproc, dead, :x, 5000)
  end

  test "call: a node that is not there", %{node: node} do
    server = {:any, nowhere()}
    assert ask(node, :call, [server, :x, 5000]) == gone({:nodedown, nowhere()}, server, :x, 5000)
  end

  @tag :capture_log
  test "call: a server that ends instead of answering", %{node: node} do
    desk = desk()
    assert ask(node, :call, [desk, {:stop, :tired}, 5000]) == gone(:tired, desk, {:stop, :tired}, 5000)
  end

  test "call: a server that is killed meanwhile", %{node: node} do
    desk = desk()
    request = :erpc.send_request(node, :city_peer, :call, [desk, {:slow, 5000}, 10_000])
    Process.sleep(100)
    Process.exit(desk, :kill)
    assert :erpc.receive_response(request, 5_000) == gone(:killed, desk, {:slow, 5000}, 10_000)
  end

  test "call: a server without a clause for it", %{node: node} do
    assert {:exit, {{:bad_call, :what}, _}} = ask(node, :call, [:counter, :what, 5000])
    Eventually.holds(5_000, "another counter", fn -> is_pid(pid_of(node, :counter)) end)
  end

  test "cast: by pid and by name", %{node: node} do
    name = unique()
    desk = desk(name)
    assert ask(node, :cast, [desk, 1]) == :ok
    assert ask(node, :cast, [{name, node()}, {:two}]) == :ok
    assert [next(), next()] == [{:cast, 1}, {:cast, {:two}}]
  end

  check "cast: to nobody is ok", ask(node, :cast, [{:nobody, node()}, :x]) == :ok
  check "cast: to a node that is not there is ok", ask(node, :cast, [{:nobody, nowhere()}, :x]) == :ok

  # -- send

  test "send: to a pid returns the message", %{node: node} do
    assert ask(node, :send, [self(), {:m, 1}]) == {:m, 1}
    assert next() == {:m, 1}
  end

  test "send: to a name", %{node: node} do
    name = unique()
    Process.register(self(), name)
    assert ask(node, :send, [{name, node()}, "by name"]) == "by name"
    assert next() == "by name"
  end

  test "send: to an alias, and no more after unalias", %{node: node} do
    address = :erlang.alias()
    ask(node, :send, [address, 1])
    assert next() == 1
    :erlang.unalias(address)
    ask(node, :send, [address, 2])
    ask(node, :send, [self(), 3])
    assert next() == 3
  end

  check "send: to the dead", ask(node, :send, [dead(), :x]) == :x
  check "send: to a name of its own", ask(node, :send, [:sink, :x]) == :x
  check "send: to a name it has not is badarg", error(node, :send, [:nobody_here, :x]) == :badarg
  check "send: to what is no destination is badarg", error(node, :send, ["nobody", :x]) == :badarg

  # -- rpc

  check "rpc: a value", ask(node, :rpc, [node(), :lists, :seq, [1, 3], 5000]) == {:ok, [1, 2, 3]}
  check "rpc: infinity", ask(node, :rpc, [node(), :erlang, :node, [], :infinity]) == {:ok, node()}
  check "rpc: throw", ask(node, :rpc, [node(), :erlang, :throw, [:ball], 5000]) == {:throw, :ball}
  check "rpc: exit", ask(node, :rpc, [node(), :erlang, :exit, [:out], 5000]) == {:exit, {:exception, :out}}

  check "rpc: error, with a stack",
        {:error, {:exception, :oops, [{_, _, _, _} | _]}} = ask(node, :rpc, [node(), :erlang, :error, [:oops], 5000])

  check "rpc: undef, with what was called",
        {:error, {:exception, :undef, [{:no_such, :f, [1], []}]}} = ask(node, :rpc, [node(), :no_such, :f, [1], 5000])

  check "rpc: badarith", {:error, {:exception, :badarith, _}} = ask(node, :rpc, [node(), :erlang, :+, [1, :a], 5000])
  check "rpc: timeout", ask(node, :rpc, [node(), :timer, :sleep, [2000], 100]) == {:error, {:erpc, :timeout}}
  check "rpc: noconnection", ask(node, :rpc, [nowhere(), :erlang, :node, [], 5000]) == {:error, {:erpc, :noconnection}}
  check "rpc: arguments that are no list", ask(node, :rpc, [node(), :erlang, :node, :x, 5000]) == {:error, {:erpc, :badarg}}
  check "rpc: a module that is no atom", ask(node, :rpc, [node(), "erlang", :node, [], 5000]) == {:error, {:erpc, :badarg}}
  check "rpc: a node that is no atom", ask(node, :rpc, ["n", :erlang, :node, [], 5000]) == {:error, {:erpc, :badarg}}
  check "rpc: a bad timeout", ask(node, :rpc, [node(), :erlang, :node, [], :soon]) == {:error, {:erpc, :badarg}}
  check "rpc: its own node", ask(node, :rpc, [node, :city_peer, :add, [1, 2], 5000]) == {:ok, 3}
  check "rpc: an exit on its own node", ask(node, :rpc, [node, :city_peer, :exit, [:out], 5000]) == {:exit, {:exception, :out}}

  check "rpc: a killed process is a signal",
        ask(node, :rpc, [node(), :erlang, :apply, [fn -> Process.exit(self(), :kill) end, []], 5000]) ==
          {:exit, {:signal, :killed}}

  # -- spawn

  test "spawn: on this node", %{node: node} do
    pid = ask(node, :spawn, [node(), :erlang, :send, [self(), :spawned]])
    assert node(pid) == node()
    assert next() == :spawned
  end

  test "spawn: on its own node", %{node: node} do
    pid = ask(node, :spawn, [node, :city_peer, :echo_loop, []])
    assert node(pid) == node
    send(pid, {self(), :x})
    assert next() == {pid, :x}
  end

  check "spawn: where nobody is gives a pid", is_pid(ask(node, :spawn, [nowhere(), :erlang, :node, []]))

  test "spawn_monitor_wait: normal", %{node: node} do
    assert {pid, :normal} = ask(node, :spawn_monitor_wait, [node(), :erlang, :node, []])
    assert node(pid) == node()
  end

  check "spawn_monitor_wait: a reason", {_, :why} = ask(node, :spawn_monitor_wait, [node(), :erlang, :exit, [:why]])

  check "spawn_monitor_wait: undef",
        {_, {:undef, [{:no_such, :f, [], []}]}} = ask(node, :spawn_monitor_wait, [node(), :no_such, :f, []])

  check "spawn_monitor_wait: on its own node", {_, :own} = ask(node, :spawn_monitor_wait, [node, :city_peer, :die, [:own]])

  check "spawn_monitor_wait: where nobody is", {_, :noconnection} = ask(node, :spawn_monitor_wait, [nowhere(), :erlang, :node, []])
  check "spawn_link_trap: normal", {_, :normal} = ask(node, :spawn_link_trap, [node(), :erlang, :node, []])
  check "spawn_link_trap: a reason", {_, {:a, 1}} = ask(node, :spawn_link_trap, [node(), :erlang, :exit, [{:a, 1}]])
  check "spawn_link_trap: on its own node", {_, :own} = ask(node, :spawn_link_trap, [node, :city_peer, :die, [:own]])
  check "spawn_link_trap: where nobody is", {_, :noconnection} = ask(node, :spawn_link_trap, [nowhere(), :erlang, :node, []])

  # -- monitor_wait

  test "monitor_wait: the reason of the end", %{node: node} do
    pid = ours({:my, :end})
    Process.send_after(pid, :end, 100)
    assert ask(node, :monitor_wait, [pid, 5000]) == {:DOWN, :process, pid, {:my, :end}}
  end

  test "monitor_wait: the dead", %{node: node} do
    pid = dead()
    assert ask(node, :monitor_wait, [pid, 5000]) == {:DOWN, :process, pid, :noproc}
  end

  test "monitor_wait: a name", %{node: node} do
    name = unique()
    pid = ours(:named_end)
    Process.register(pid, name)
    Process.send_after(pid, :end, 100)
    assert ask(node, :monitor_wait, [{name, node()}, 5000]) == {:DOWN, :process, {name, node()}, :named_end}
  end

  check "monitor_wait: nobody of that name", ask(node, :monitor_wait, [{:nobody, node()}, 5000]) == {:DOWN, :process, {:nobody, node()}, :noproc}
  check "monitor_wait: nobody on its own node", ask(node, :monitor_wait, [:nobody, 5000]) == {:DOWN, :process, {:nobody, node}, :noproc}
  check "monitor_wait: where nobody is", ask(node, :monitor_wait, [{:any, nowhere()}, 5000]) == {:DOWN, :process, {:any, nowhere()}, :noconnection}

  test "monitor_wait: timeout, and the monitor is gone", %{node: node} do
    pid = ours()
    assert ask(node, :monitor_wait, [pid, 100]) == :timeout
    assert Process.info(pid, :monitored_by) == {:monitored_by, []}
  end

  test "monitor_wait: the node goes", %{node: node} do
    other = fresh_node("goes")
    beam = start_beam(other, "net_adm:ping('#{node}').")
    assert GenServer.call({:events, node}, {:wait, {:nodeup, other}, 8_000}, 10_000)
    request = :erpc.send_request(node, :city_peer, :monitor_wait, [{:init, other}, 10_000])
    Process.sleep(100)
    Program.signal(beam, "KILL")
    assert :erpc.receive_response(request, 10_000) == {:DOWN, :process, {:init, other}, :noconnection}
  end

  # -- link_wait

  test "link_wait: the reason of the end", %{node: node} do
    pid = ours({:linked, "end"})
    Process.send_after(pid, :end, 100)
    assert ask(node, :link_wait, [pid, 5000]) == {:EXIT, pid, {:linked, "end"}}
  end

  test "link_wait: a killed process gives killed", %{node: node} do
    pid = ours()
    request = :erpc.send_request(node, :city_peer, :link_wait, [pid, 5000])
    Process.sleep(100)
    Process.exit(pid, :kill)
    assert :erpc.receive_response(request, 5_000) == {:EXIT, pid, :killed}
  end

  test "link_wait: the dead", %{node: node} do
    pid = dead()
    assert ask(node, :link_wait, [pid, 5000]) == {:EXIT, pid, :noproc}
  end

  test "link_wait: timeout, and the link is gone", %{node: node} do
    pid = ours()
    assert ask(node, :link_wait, [pid, 100]) == :timeout
    assert Process.info(pid, :links) == {:links, []}
    assert Process.alive?(pid)
  end

  test "link_wait: a normal end comes too", %{node: node} do
    pid = ours(:normal)
    Process.send_after(pid, :end, 50)
    assert ask(node, :link_wait, [pid, 5000]) == {:EXIT, pid, :normal}
  end

  test "link_unlink: an even number leaves no link", %{node: node} do
    pid = ours()
    assert ask(node, :link_unlink, [pid, 100]) == :ok
    assert Process.info(pid, :links) == {:links, []}
  end

  test "link_unlink: an odd number leaves one", %{node: node} do
    pid = ours(:odd_end)
    Process.send_after(pid, :end, 300)
    assert ask(node, :link_unlink, [pid, 51]) == {:EXIT, pid, :odd_end}
  end

  test "link_unlink: no step", %{node: node} do
    assert ask(node, :link_unlink, [ours(), 0]) == :ok
  end

  # -- exit

  defp trap_for_ever do
    Process.flag(:trap_exit, true)
    Process.sleep(:infinity)
  end

  test "exit: a reason", %{node: node} do
    {pid, ref} = spawn_monitor(fn -> Process.sleep(:infinity) end)
    assert ask(node, :exit, [pid, {:from, "there"}]) == true
    assert reason_of({pid, ref}) == {:from, "there"}
  end

  test "exit: kill", %{node: node} do
    {pid, ref} = spawn_monitor(fn -> trap_for_ever() end)
    assert ask(node, :exit, [pid, :kill]) == true
    assert reason_of({pid, ref}) == :killed
  end

  test "exit: normal is ignored", %{node: node} do
    pid = ours()
    assert ask(node, :exit, [pid, :normal]) == true
    assert Process.alive?(pid)
  end

  test "exit: trapped, with who sent it", %{node: node} do
    Process.flag(:trap_exit, true)
    ask(node, :exit, [self(), :trapped])
    assert {:EXIT, from, :trapped} = next()
    assert node(from) == node
  end

  check "exit: of the dead is true", ask(node, :exit, [dead(), :x]) == true
  check "exit: of no pid is badarg", error(node, :exit, [:x, :y]) == :badarg

  # -- aliases, group leader

  test "alias_roundtrip: with an echo of this node", %{node: node} do
    echo = spawn(fn -> echo() end)
    assert ask(node, :alias_roundtrip, [echo]) == {:first, :first, :second, :none}
  end

  defp echo do
    receive do
      {from, message} when is_pid(from) or is_reference(from) -> send(from, {self(), message})
      _ -> :ignored
    end

    echo()
  end

  check "alias_roundtrip: with its own echo", ask(node, :alias_roundtrip, [:echo]) == {:first, :first, :second, :none}

  test "group_leader_put: where the caller's output goes", %{node: node} do
    {:ok, output} = StringIO.open("")
    Process.group_leader(self(), output)
    assert ask(node, :group_leader_put, ["größe\n"]) == :ok
    assert elem(StringIO.contents(output), 1) == "größe\n"
  end

  check "group_leader_put: what is no text is badarg", error(node, :group_leader_put, [:text]) == :badarg

  test "group_leader_put: a group leader that is gone", %{node: node} do
    Process.group_leader(self(), dead())
    assert error(node, :group_leader_put, ["x"]) == :terminated
  end

  test "get_line: from the caller's input", %{node: node} do
    {:ok, input} = StringIO.open("first\nsecond\n")
    Process.group_leader(self(), input)
    assert ask(node, :get_line, ["prompt> "]) |> IO.chardata_to_string() == "first\n"
    assert ask(node, :get_line, ["prompt> "]) |> IO.chardata_to_string() == "second\n"
    assert ask(node, :get_line, ["prompt> "]) == :eof
  end

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

  # -- the forms of rpc and erpc

  check "rpc:call", :rpc.call(node, :city_peer, :add, [1, 2]) == 3
  check "rpc:call with timeout", :rpc.call(node, :city_peer, :sleep, [2000], 100) == {:badrpc, :timeout}
  check "rpc:call: throw is a value", :rpc.call(node, :city_peer, :throw, [:ball]) == :ball
  check "rpc:call: exit", :rpc.call(node, :city_peer, :exit, [:out]) == {:badrpc, {:EXIT, :out}}

  check "rpc:call: error", {:badrpc, {:EXIT, {:oops, [{:city_peer, :error, _, _} | _]}}} = :rpc.call(node, :city_peer, :error, [:oops])
  check "rpc:call: undef", {:badrpc, {:EXIT, {:undef, [{:city_peer, :f, [], _} | _]}}} = :rpc.call(node, :city_peer, :f, [])
  check "rpc:call: no node", :rpc.call(nowhere(), :city_peer, :add, [1, 2]) == {:badrpc, :nodedown}
  check "rpc:block_call", :rpc.block_call(node, :city_peer, :add, [1, 2]) == 3
  check "rpc:block_call: throw is a value", :rpc.block_call(node, :city_peer, :throw, [:ball]) == :ball
  check "rpc:block_call: exit", {:badrpc, {:EXIT, :out}} = :rpc.block_call(node, :city_peer, :exit, [:out])
  check "rpc:block_call: error", {:badrpc, {:EXIT, {:oops, [_ | _]}}} = :rpc.block_call(node, :city_peer, :error, [:oops])
  check "rpc:async_call", :rpc.yield(:rpc.async_call(node, :city_peer, :add, [2, 2])) == 4
  check "rpc:multicall", :rpc.multicall([node, nowhere()], :city_peer, :node, []) == {[node], [nowhere()]}

  test "rpc:cast", %{node: node} do
    assert :rpc.cast(node, :city_peer, :send, [self(), :cast]) == true
    assert next() == :cast
  end

  test "rpc:eval_everywhere", %{node: node} do
    :rpc.eval_everywhere([node], :city_peer, :send, [self(), :everywhere])
    assert next() == :everywhere
  end

  test "rpc:abcast", %{node: node} do
    :rpc.abcast([node], :echo, {self(), :abcast})
    assert {_, :abcast} = next()
  end

  test "rpc:sbcast tells who has the name", %{node: node} do
    assert :rpc.sbcast([node], :echo, {self(), :sbcast}) == {[node], []}
    assert {_, :sbcast} = next()
    assert :rpc.sbcast([node], :nobody, :x) == {[], [node]}
  end

  check "rpc:parallel_eval on all nodes", :rpc.parallel_eval([{:lists, :sum, [[1, 2]]}]) == [3]

  check "a call to rex as old nodes send it",
        GenServer.call({:rex, node}, {:call, :city_peer, :add, [5, 6], Process.group_leader()}) == 11

  test "calls to rex run side by side", %{node: node} do
    slow = :gen_server.send_request({:rex, node}, {:call, :city_peer, :sleep, [300], self()})
    {ms, 3} = CityCase.timed(fn -> GenServer.call({:rex, node}, {:call, :city_peer, :add, [1, 2], self()}) end)
    assert ms < 250
    assert :gen_server.receive_response(slow, 5_000) == {:reply, :ok}
  end

  test "a call to rex as C programs send it", %{node: node} do
    send({:rex, node}, {self(), {:call, :city_peer, :add, [7, 8], Process.group_leader()}})
    assert next() == {:rex, 15}
  end

  test "a call to rex writes to the group leader that it names", %{node: node} do
    {:ok, output} = StringIO.open("")
    assert GenServer.call({:rex, node}, {:call, :city_peer, :group_leader_put, ["by rex"], output}) == :ok
    assert elem(StringIO.contents(output), 1) == "by rex"
  end

  test "rex survives what it does not understand", %{node: node} do
    for junk <- [:x, {:call, 1}, {self(), {:call, 1}}, {self(), :features_request_not}], do: send({:rex, node}, junk)
    GenServer.cast({:rex, node}, {:cast, :no_such})
    assert :rpc.block_call(node, :city_peer, :node, []) == node
  end

  check "erpc:call", :erpc.call(node, :city_peer, :add, [1, 2]) == 3
  check "erpc:call of an external fun", :erpc.call(node, &:city_peer.node/0) == node

  check "erpc:call: timeout",
        {:error, {:erpc, :timeout}} =
          (try do
             :erpc.call(node, :city_peer, :sleep, [2000], 100)
           catch
             class, reason -> {class, reason}
           end)

  test "erpc:send_request, wait_response", %{node: node} do
    request = :erpc.send_request(node, :city_peer, :sleep, [150])
    assert :erpc.wait_response(request, 20) == :no_response
    assert :erpc.wait_response(request, 5_000) == {:response, :ok}
  end

  test "erpc:check_response", %{node: node} do
    request = :erpc.send_request(node, :city_peer, :identity, [:checked])
    assert :erpc.check_response(next(), request) == {:response, :checked}
  end

  test "erpc:send_request that fails", %{node: node} do
    request = :erpc.send_request(node, :city_peer, :exit, [:later])
    assert catch_exit(:erpc.receive_response(request, 5_000)) == {:exception, :later}
  end

  check "erpc:multicall",
        :erpc.multicall([node, nowhere(), node], :city_peer, :node, [], 5_000) ==
          [{:ok, node}, {:error, {:erpc, :noconnection}}, {:ok, node}]

  test "erpc:cast", %{node: node} do
    assert :erpc.cast(node, :city_peer, :send, [self(), :by_cast]) == :ok
    assert next() == :by_cast
  end

  test "erpc:multicast", %{node: node} do
    assert :erpc.multicast([node, node], :city_peer, :send, [self(), :twice]) == :ok
    assert [next(), next(), next(50)] == [:twice, :twice, :silence]
  end

  test "two hundred callers at once", %{node: node} do
    tasks = for i <- 1..200, do: Task.async(fn -> for j <- 1..10, do: ask(node, :add, [i, j]) end)
    for {task, i} <- Enum.with_index(tasks, 1), do: assert(Task.await(task, 30_000) == for(j <- 1..10, do: i + j))
  end
end

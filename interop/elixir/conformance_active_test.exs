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
end

defmodule ConformanceProcessesTest do
  @moduledoc "Processes that others spawn on the peer: how they start, live, relate to ours and end."
  use PeerCase
  @compile {:no_warn_undefined, :city_peer}

  defp echo_loop(node), do: Node.spawn(node, :city_peer, :echo_loop, [])
  defp stack_names?(stack, function), do: List.keyfind(stack, function, 1) != nil

  # Sends {self, message} and waits for it to come back: then all sent before has been seen.
  defp roundtrip(pid) do
    send(pid, {self(), :roundtrip})
    receive(do: ({^pid, :roundtrip} -> :ok), after: (5_000 -> :silence))
  end

  check "spawn gives a pid of the peer", node(echo_loop(node)) == node

  test "echo_loop answers pids and aliases, and ignores the rest", %{node: node} do
    pid = echo_loop(node)
    alias_of_us = :erlang.alias()
    for junk <- [:x, {:y, 1}, {self()}, ["stop"]], do: send(pid, junk)
    send(pid, {self(), 1})
    send(pid, {alias_of_us, 2})
    assert [next(), next()] == [{pid, 1}, {pid, 2}]
  end

  test "echo_loop: stop ends it with normal", %{node: node} do
    {pid, _} = monitored = Node.spawn_monitor(node, :city_peer, :echo_loop, [])
    send(pid, :stop)
    assert reason_of(monitored) == :normal
  end

  test "echo_loop: {stop, Reason} ends it with that", %{node: node} do
    {pid, _} = monitored = Node.spawn_monitor(node, :city_peer, :echo_loop, [])
    send(pid, {:stop, {:any, %{reason: 1}}})
    assert reason_of(monitored) == {:any, %{reason: 1}}
  end

  check "die: any reason", ends(node, :die, [{:because, 1.5, "x"}]) == {:because, 1.5, "x"}
  check "die: normal", ends(node, :die, [:normal]) == :normal
  check "die: kill, as a reason, stays kill", ends(node, :die, [:kill]) == :kill
  check "suicide: any reason", ends(node, :suicide, [:tired]) == :tired
  check "suicide: normal to oneself ends", ends(node, :suicide, [:normal]) == :normal
  check "suicide: kill to oneself is killed", ends(node, :suicide, [:kill]) == :killed
  check "a function that returns ends with normal", ends(node, :add, [1, 2]) == :normal
  check "one that exits ends so", ends(node, :exit, [:out]) == :out

  test "one that fails ends with reason and stack", %{node: node} do
    assert {:oops, stack} = ends(node, :error, [:oops])
    assert stack_names?(stack, :error)
  end

  test "one that throws ends with nocatch and stack", %{node: node} do
    assert {{:nocatch, :ball}, stack} = ends(node, :throw, [:ball])
    assert stack_names?(stack, :throw)
  end

  test "a C++ exception ends with cxx_exception and stack", %{node: node} do
    assert {{:cxx_exception, "bad"}, stack} = ends(node, :native_error, ["bad"])
    assert stack_names?(stack, :native_error)
  end

  check "badarith ends with a stack", {:badarith, [_ | _]} = ends(node, :add, [:a, 1])
  check "an unknown function ends with undef", {:undef, [{:city_peer, :nothing, [1], _} | _]} = ends(node, :nothing, [1])

  check "an unknown module ends with undef",
        {:undef, [{:no_such_module, :f, [], _} | _]} = reason_of(Node.spawn_monitor(node, :no_such_module, :f, []))

  test "trap_loop reports every message", %{node: node} do
    pid = Node.spawn(node, :city_peer, :trap_loop, [self()])
    for message <- [1, :two, {:stop}, "four"], do: send(pid, message)
    assert for(_ <- 1..4, do: next()) == for(m <- [1, :two, {:stop}, "four"], do: {:trapped, pid, m})
  end

  test "trap_loop reports exit signals", %{node: node} do
    pid = Node.spawn(node, :city_peer, :trap_loop, [self()])
    us = self()
    Process.exit(pid, :why)
    assert next() == {:trapped, pid, {:EXIT, us, :why}}
    Process.exit(pid, :normal)
    assert next() == {:trapped, pid, {:EXIT, us, :normal}}
  end

  test "trap_loop cannot trap kill", %{node: node} do
    {pid, _} = monitored = Node.spawn_monitor(node, :city_peer, :trap_loop, [self()])
    Process.exit(pid, :kill)
    assert reason_of(monitored) == :killed
  end

  test "trap_loop: kill by a link is trapped, as kill", %{node: node} do
    pid = Node.spawn(node, :city_peer, :trap_loop, [self()])
    dying = spawn(fn -> Process.link(pid) && roundtrip_stop() end)
    send(dying, {:end, :kill})
    assert next() == {:trapped, pid, {:EXIT, dying, :kill}}
  end

  defp roundtrip_stop, do: receive(do: ({:end, reason} -> exit(reason)))

  test "trap_loop: killed by a link", %{node: node} do
    pid = Node.spawn(node, :city_peer, :trap_loop, [self()])
    dying = spawn(fn -> Process.link(pid) && roundtrip_stop() end)
    send(pid, :linked)
    assert next() == {:trapped, pid, :linked}
    Process.exit(dying, :kill)
    assert next() == {:trapped, pid, {:EXIT, dying, :killed}}
  end

  test "trap_loop: normal by a link", %{node: node} do
    pid = Node.spawn(node, :city_peer, :trap_loop, [self()])
    dying = spawn(fn -> Process.link(pid) && roundtrip_stop() end)
    send(dying, {:end, :normal})
    assert next() == {:trapped, pid, {:EXIT, dying, :normal}}
  end

  test "trap_loop: {stop, Reason} ends it, unreported", %{node: node} do
    {pid, _} = monitored = Node.spawn_monitor(node, :city_peer, :trap_loop, [self()])
    send(pid, {:stop, :enough})
    assert reason_of(monitored) == :enough
    assert next(50) == :silence
  end

  test "exit with normal from another is ignored without trap_exit", %{node: node} do
    pid = echo_loop(node)
    Process.exit(pid, :normal)
    assert roundtrip(pid) == :ok
  end

  test "an exit signal ends a process that does not trap", %{node: node} do
    {pid, _} = monitored = Node.spawn_monitor(node, :city_peer, :echo_loop, [])
    Process.exit(pid, {:any, "reason"})
    assert reason_of(monitored) == {:any, "reason"}
  end

  test "a link that ends with normal does not end the other side", %{node: node} do
    pid = echo_loop(node)
    dying = spawn(fn -> Process.link(pid) && roundtrip_stop() end)
    send(dying, {:end, :normal})
    assert roundtrip(pid) == :ok
  end

  test "a link that ends with kill ends the other side with kill, not killed", %{node: node} do
    {pid, _} = monitored = Node.spawn_monitor(node, :city_peer, :echo_loop, [])
    dying = spawn(fn -> Process.link(pid) && roundtrip_stop() end)
    send(dying, {:end, :kill})
    assert reason_of(monitored) == :kill
  end

  test "our end goes over the link with its reason", %{node: node} do
    {pid, _} = monitored = Node.spawn_monitor(node, :city_peer, :echo_loop, [])
    dying = spawn(fn -> Process.link(pid) && roundtrip_stop() end)
    send(dying, {:end, {:our, :reason}})
    assert reason_of(monitored) == {:our, :reason}
  end

  test "its end comes over the link with its reason", %{node: node} do
    Process.flag(:trap_exit, true)
    pid = Node.spawn_link(node, :city_peer, :echo_loop, [])
    send(pid, {:stop, {:their, :reason}})
    assert next() == {:EXIT, pid, {:their, :reason}}
  end

  test "spawn_link of what ends at once", %{node: node} do
    Process.flag(:trap_exit, true)
    pid = Node.spawn_link(node, :city_peer, :die, [:young])
    assert next() == {:EXIT, pid, :young}
  end

  test "after unlink no exit signal comes", %{node: node} do
    pid = Node.spawn_link(node, :city_peer, :echo_loop, [])
    true = Process.unlink(pid)
    send(pid, {:stop, :unseen})
    ref = Process.monitor(pid)
    assert next() in [{:DOWN, ref, :process, pid, :unseen}, {:DOWN, ref, :process, pid, :noproc}]
    assert next(50) == :silence
  end

  test "link and unlink fifty times, then linked", %{node: node} do
    Process.flag(:trap_exit, true)
    pid = echo_loop(node)
    for _ <- 1..50, do: Process.link(pid) && Process.unlink(pid)
    true = Process.link(pid)
    send(pid, {:stop, :linked})
    assert next() == {:EXIT, pid, :linked}
    assert next(50) == :silence
  end

  test "a link to the dead is noproc", %{node: node} do
    Process.flag(:trap_exit, true)
    {pid, _} = monitored = Node.spawn_monitor(node, :city_peer, :node, [])
    reason_of(monitored)
    true = Process.link(pid)
    assert next() == {:EXIT, pid, :noproc}
  end

  test "a monitor of the dead is noproc", %{node: node} do
    {pid, _} = monitored = Node.spawn_monitor(node, :city_peer, :node, [])
    reason_of(monitored)
    assert reason_of({pid, Process.monitor(pid)}) == :noproc
  end

  test "a monitor by name, of nobody", %{node: node} do
    ref = Process.monitor({:nobody, node})
    assert next() == {:DOWN, ref, :process, {:nobody, node}, :noproc}
  end

  test "a monitor by name, with the reason of the end", %{node: node} do
    name = :"monitored_#{System.unique_integer([:positive])}"
    pid = ask(node, :register, [name, :echo])
    ref = Process.monitor({name, node})
    Process.exit(pid, :by_name)
    assert next() == {:DOWN, ref, :process, {name, node}, :by_name}
  end

  test "demonitor with flush", %{node: node} do
    pid = echo_loop(node)
    ref = Process.monitor(pid)
    true = Process.demonitor(ref, [:flush])
    send(pid, :stop)
    assert next(100) == :silence
  end

  test "twenty monitors of one process all fire", %{node: node} do
    pid = echo_loop(node)
    refs = for _ <- 1..20, do: Process.monitor(pid)
    send(pid, {:stop, :all})
    assert Enum.sort(for(_ <- refs, do: next())) == Enum.sort(for(ref <- refs, do: {:DOWN, ref, :process, pid, :all}))
  end

  test "a monitor with a tag of its own", %{node: node} do
    pid = echo_loop(node)
    ref = :erlang.monitor(:process, pid, tag: {:my, :tag})
    send(pid, :stop)
    assert next() == {{:my, :tag}, ref, :process, pid, :normal}
  end

  test "a monitor that is an alias until the first answer", %{node: node} do
    pid = echo_loop(node)
    ref = :erlang.monitor(:process, pid, alias: :reply_demonitor)
    send(pid, {ref, 1})
    assert next() == {pid, 1}
    send(pid, {ref, 2})
    assert roundtrip(pid) == :ok
    send(pid, :stop)
    assert next(100) == :silence
  end

  test "an alias until the first answer", %{node: node} do
    pid = echo_loop(node)
    address = :erlang.alias([:reply])
    send(pid, {address, 1})
    send(pid, {address, 2})
    assert next() == {pid, 1}
    assert roundtrip(pid) == :ok
    assert next(50) == :silence
  end

  test "is disconnected: links and monitors fire with noconnection", %{node: node} do
    Process.flag(:trap_exit, true)
    linked = Node.spawn_link(node, :city_peer, :echo_loop, [])
    {monitored, ref} = Node.spawn_monitor(node, :city_peer, :echo_loop, [])
    by_name = Process.monitor({:echo, node})
    true = Node.disconnect(node)
    expected = [{:EXIT, linked, :noconnection}, {:DOWN, ref, :process, monitored, :noconnection}, {:DOWN, by_name, :process, {:echo, node}, :noconnection}]
    assert Enum.sort(for(_ <- 1..3, do: next())) == Enum.sort(expected)
  end

  test "is disconnected: on the peer, too", %{node: node} do
    us = self()
    trapping = Node.spawn(node, :city_peer, :trap_loop, [{us, 0} |> elem(0)])
    true = Process.link(trapping)
    send(trapping, :linked)
    assert next() == {:trapped, trapping, :linked}
    Process.unlink(trapping)
    other = spawn(fn -> Process.link(trapping) && send(us, :now) && Process.sleep(:infinity) end)
    assert next() == :now
    send(trapping, :linked_again)
    assert next() == {:trapped, trapping, :linked_again}
    true = Node.disconnect(node)
    assert next() == {:trapped, trapping, {:EXIT, other, :noconnection}}
  end

  test "spawn_opt with link and monitor", %{node: node} do
    Process.flag(:trap_exit, true)
    {pid, ref} = :erlang.spawn_opt(node, :city_peer, :die, [:both], [:link, :monitor])
    assert Enum.sort([next(), next()]) == Enum.sort([{:EXIT, pid, :both}, {:DOWN, ref, :process, pid, :both}])
  end

  for option <- [priority: :low, priority: :high, min_heap_size: 1000, min_bin_vheap_size: 1000, max_heap_size: 0, fullsweep_after: 10, message_queue_data: :off_heap] do
    check "spawn_opt with #{inspect(option)}", roundtrip(:erlang.spawn_opt(node, :city_peer, :echo_loop, [], [unquote(option)])) == :ok
  end

  test "spawn of an external fun", %{node: node} do
    assert roundtrip(Node.spawn(node, &:city_peer.echo_loop/0)) == :ok
  end

  test "spawn_request is answered by default", %{node: node} do
    ref = :erlang.spawn_request(node, :city_peer, :echo_loop, [])
    assert {:spawn_reply, ^ref, :ok, pid} = next()
    assert roundtrip(pid) == :ok
  end

  test "spawn_request with link and monitor, under one reference", %{node: node} do
    Process.flag(:trap_exit, true)
    ref = :erlang.spawn_request(node, :city_peer, :echo_loop, [], [:link, :monitor])
    assert {:spawn_reply, ^ref, :ok, pid} = next()
    send(pid, {:stop, :now})
    assert Enum.sort([next(), next()]) == Enum.sort([{:EXIT, pid, :now}, {:DOWN, ref, :process, pid, :now}])
  end

  test "spawn_request with monitor options", %{node: node} do
    ref = :erlang.spawn_request(node, :city_peer, :echo_loop, [], monitor: [tag: :mine, alias: :demonitor])
    assert {:spawn_reply, ^ref, :ok, pid} = next()
    send(pid, {ref, :by_alias})
    assert next() == {pid, :by_alias}
    send(pid, :stop)
    assert next() == {:mine, ref, :process, pid, :normal}
  end

  test "spawn_request with a reply tag", %{node: node} do
    ref = :erlang.spawn_request(node, :city_peer, :node, [], reply_tag: {:my, "tag"})
    assert {{:my, "tag"}, ^ref, :ok, pid} = next()
    assert node(pid) == node
  end

  test "spawn_request: reply no", %{node: node} do
    :erlang.spawn_request(node, :city_peer, :send, [self(), :ran], reply: :no)
    assert next() == :ran
    assert next(50) == :silence
  end

  test "spawn_request: reply error_only of a success", %{node: node} do
    :erlang.spawn_request(node, :city_peer, :send, [self(), :ran], reply: :error_only)
    assert next() == :ran
    assert next(50) == :silence
  end

  test "spawn_request: reply success_only", %{node: node} do
    ref = :erlang.spawn_request(node, :city_peer, :node, [], reply: :success_only)
    assert {:spawn_reply, ^ref, :ok, _} = next()
  end

  bad_options = [
    {"an unknown atom", :no_such_option},
    {"an unknown pair", {:no_such, 1}},
    {"a bad priority", {:priority, :urgent}},
    {"a bad heap size", {:min_heap_size, -1}},
    {"a bad fullsweep_after", {:fullsweep_after, :x}}
  ]

  for {name, option} <- bad_options do
    test "spawn_request: #{name} is badopt", %{node: node} do
      ref = :erlang.spawn_request(node, :city_peer, :send, [self(), :ran], [unquote(option)])
      assert next() == {:spawn_reply, ref, :error, :badopt}
      assert next(50) == :silence
    end
  end

  test "spawn_request: badopt with reply success_only is silent", %{node: node} do
    :erlang.spawn_request(node, :city_peer, :node, [], [:no_such_option, {:reply, :success_only}])
    assert next(200) == :silence
  end

  test "spawn_request abandoned: the process runs, nothing is heard of it", %{node: node} do
    ref = :erlang.spawn_request(node, :city_peer, :send_after, [100, self(), :ran], [:monitor])
    abandoned = :erlang.spawn_request_abandon(ref)
    messages = [next(), next(200)]
    if abandoned, do: assert(messages == [:ran, :silence]), else: assert({:spawn_reply, ref, :ok, :_} |> elem(1) == ref)
  end

  test "spawned processes have the group leader of who spawned them", %{node: node} do
    {:ok, output} = StringIO.open("")
    Process.group_leader(self(), output)
    reason_of(Node.spawn_monitor(node, :city_peer, :group_leader_put, ["from the other side\n"]))
    assert elem(StringIO.contents(output), 1) == "from the other side\n"
  end

  test "two thousand processes at once", %{node: node} do
    pids = for _ <- 1..2000, do: Node.spawn(node, :city_peer, :echo_loop, [])
    for pid <- pids, do: send(pid, {self(), :x})
    assert Enum.sort(for(_ <- pids, do: elem(next(), 0))) == Enum.sort(pids)
    refs = for pid <- pids, do: Process.monitor(pid)
    for pid <- pids, do: Process.exit(pid, :enough)
    assert for(_ <- refs, do: elem(next(), 4)) |> Enum.uniq() == [:enough]
  end

  test "a sequential trace token comes back with the answer", %{node: node} do
    echo = pid_of(node, :echo)
    :seq_trace.set_token(:label, 17)
    send(echo, {self(), :traced})
    :seq_trace.set_token([])
    receive(do: ({^echo, :traced} -> :ok))
    assert {:label, 17} = :seq_trace.get_token(:label)
    # Ours was the first message, the answer is the second.
    assert {:serial, {1, 2}} = :seq_trace.get_token(:serial)
    :seq_trace.set_token([])
  end

  test "a token goes through the registered name, an alias and a call", %{node: node} do
    address = :erlang.alias()
    :seq_trace.set_token(:label, :by_alias)
    send({:echo, node}, {address, :traced})
    :seq_trace.set_token([])
    receive(do: ({_, :traced} -> :ok))
    assert {:label, :by_alias} = :seq_trace.get_token(:label)
    :seq_trace.set_token([])

    :seq_trace.set_token(:label, {:call, 1})
    assert is_number(GenServer.call({:counter, node}, :infos))
    assert {:label, {:call, 1}} = :seq_trace.get_token(:label)
    :seq_trace.set_token([])
  end

  test "no token comes back where none was sent", %{node: node} do
    :seq_trace.set_token([])
    send({:echo, node}, {self(), :untraced})
    assert {_, :untraced} = next()
    assert :seq_trace.get_token() == []
  end

  test "a token goes with a spawn, and back with what that sends", %{node: node} do
    :seq_trace.set_token(:label, 99)
    Node.spawn(node, :city_peer, :send, [self(), :spawned_with_token])
    :seq_trace.set_token([])
    receive(do: (:spawned_with_token -> :ok))
    assert {:label, 99} = :seq_trace.get_token(:label)
    :seq_trace.set_token([])
  end

  test "the sender's messages, links and exits keep their order", %{node: node} do
    pid = Node.spawn(node, :city_peer, :trap_loop, [self()])
    us = self()
    for i <- 1..100, do: send(pid, i) && Process.exit(pid, {:signal, i})
    expected = Enum.flat_map(1..100, &[{:trapped, pid, &1}, {:trapped, pid, {:EXIT, us, {:signal, &1}}}])
    assert for(_ <- 1..200, do: next()) == expected
  end
end

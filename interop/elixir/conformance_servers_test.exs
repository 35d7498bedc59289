defmodule ConformanceServersTest do
  @moduledoc "The registered processes of city_peer, and the ways to reach a server."
  use PeerCase

  setup %{node: node} do
    GenServer.cast({:counter, node}, :reset)
    :ok = GenServer.call({:sink, node}, :reset)
  end

  defp counter(node), do: {:counter, node}
  defp sink(node), do: {:sink, node}
  defp count(node), do: GenServer.call(sink(node), :count)

  # What a call to a server ends with.
  defp exit_of(work) do
    {:returned, work.()}
  catch
    :exit, reason -> reason
  end

  defp await_other_counter(node, old) do
    Eventually.get(5_000, "another counter", fn -> pid_of(node, :counter) end, &(is_pid(&1) and &1 != old))
  end

  test "echo answers a pid, with its own pid", %{node: node} do
    echo = pid_of(node, :echo)
    send({:echo, node}, {self(), {:any, "term"}})
    assert next() == {echo, {:any, "term"}}
  end

  test "echo answers by its pid too", %{node: node} do
    echo = pid_of(node, :echo)
    send(echo, {self(), 1.5})
    assert next() == {echo, 1.5}
  end

  test "echo answers an alias", %{node: node} do
    alias_of_us = :erlang.alias()
    send({:echo, node}, {alias_of_us, :by_alias})
    assert {_, :by_alias} = next()
    :erlang.unalias(alias_of_us)
    send({:echo, node}, {alias_of_us, :lost})
    send({:echo, node}, {self(), :found})
    assert {_, :found} = next()
  end

  test "echo ignores everything else", %{node: node} do
    for junk <- [:x, {1, 2}, {self()}, {self(), 1, 2}, [], "b", %{}, {:name, node}], do: send({:echo, node}, junk)
    send({:echo, node}, {self(), :still_there})
    assert {_, :still_there} = next()
    assert next(50) == :silence
  end

  test "echo keeps the order of a thousand messages", %{node: node} do
    for i <- 1..1000, do: send({:echo, node}, {self(), i})
    assert for(_ <- 1..1000, do: elem(next(), 1)) == Enum.to_list(1..1000)
  end

  test "echo of a message of 3 MB", %{node: node} do
    big = :crypto.strong_rand_bytes(3_000_000)
    send({:echo, node}, {self(), big})
    assert {_, ^big} = next(15_000)
  end

  test "echo of a large tree of terms", %{node: node} do
    big = for i <- 1..20_000, do: {i, :"atom_#{rem(i, 300)}", %{i => [self(), make_ref()]}, i * 1.5}
    send({:echo, node}, {self(), big})
    assert {_, ^big} = next(15_000)
  end

  check "sink counts nothing at first", count(node) == 0

  test "sink counts what is no call", %{node: node} do
    for message <- [:a, 1, {self(), :b}, [], "c"], do: send(sink(node), message)
    assert count(node) == 5
    assert GenServer.call(sink(node), :reset) == :ok
    assert count(node) == 0
  end

  test "sink counts ten thousand", %{node: node} do
    for i <- 1..10_000, do: send(sink(node), i)
    assert GenServer.call(sink(node), :count, 15_000) == 10_000
  end

  test "sink counts a cast as a message, and a call that it does not know", %{node: node} do
    GenServer.cast(sink(node), :x)
    assert {:timeout, _} = exit_of(fn -> GenServer.call(sink(node), :unknown, 50) end)
    assert count(node) == 2
  end

  check "counter: get", GenServer.call(counter(node), :get) == 0
  check "counter: add", [GenServer.call(counter(node), {:add, 2}), GenServer.call(counter(node), {:add, 40})] == [2, 42]
  check "counter: add a float", GenServer.call(counter(node), {:add, 0.5}) == 0.5

  test "counter: add beyond 64 bits", %{node: node} do
    big = Integer.pow(2, 64)
    assert GenServer.call(counter(node), {:add, big}) == big
    assert GenServer.call(counter(node), {:add, big}) == 2 * big
    assert GenServer.call(counter(node), {:add, 1 - 2 * big}) == 1
  end

  test "counter: casts", %{node: node} do
    GenServer.cast(counter(node), {:add, 5})
    GenServer.cast(counter(node), :unknown)
    GenServer.cast(counter(node), {:add, -2})
    assert GenServer.call(counter(node), :get) == 3
    GenServer.cast(counter(node), :reset)
    assert GenServer.call(counter(node), :get) == 0
  end

  test "counter: infos are plain messages", %{node: node} do
    before = GenServer.call(counter(node), :infos)
    for message <- [:x, {:y}, "z"], do: send(counter(node), message)
    assert GenServer.call(counter(node), :infos) == before + 3
    GenServer.cast(counter(node), :reset)
    assert GenServer.call(counter(node), :infos) == before + 3
  end

  test "counter: sleep answers late, and others meanwhile", %{node: node} do
    request = :gen_server.send_request(counter(node), {:sleep, 300})
    {ms, _} = CityCase.timed(fn -> GenServer.call(counter(node), :get) end)
    assert ms < 250
    assert :gen_server.wait_response(request, 20) == :timeout
    assert :gen_server.receive_response(request, 5_000) == {:reply, :ok}
  end

  test "counter: reply_then_crash replies, then it is another one at zero", %{node: node} do
    old = pid_of(node, :counter)
    ref = Process.monitor(old)
    GenServer.cast(counter(node), {:add, 7})
    assert GenServer.call(counter(node), {:reply_then_crash, "v"}) == "v"
    assert reason_of({old, ref}) == :crashed
    await_other_counter(node, old)
    assert GenServer.call(counter(node), :get) == 0
    assert GenServer.call(counter(node), :infos) == 0
  end

  test "counter: stop exits with normal, and it comes back", %{node: node} do
    old = pid_of(node, :counter)
    ref = Process.monitor(old)
    assert GenServer.call(old, :stop) == :ok
    assert reason_of({old, ref}) == :normal
    assert await_other_counter(node, old)
  end

  test "counter: an unknown call ends it and the caller", %{node: node} do
    old = pid_of(node, :counter)
    ref = Process.monitor(old)
    server = counter(node)
    assert exit_of(fn -> GenServer.call(server, {:what, 1}) end) == {{:bad_call, {:what, 1}}, {GenServer, :call, [server, {:what, 1}, 5000]}}
    assert reason_of({old, ref}) == {:bad_call, {:what, 1}}
    await_other_counter(node, old)
  end

  test "counter: to add an atom ends it with badarith", %{node: node} do
    old = pid_of(node, :counter)
    ref = Process.monitor(old)
    assert {{:badarith, _}, _} = exit_of(fn -> GenServer.call(old, {:add, :x}) end)
    assert {:badarith, stack} = reason_of({old, ref})
    assert is_list(stack)
    await_other_counter(node, old)
  end

  test "counter: it comes back thirty times", %{node: node} do
    for _ <- 1..30 do
      old = pid_of(node, :counter)
      ref = Process.monitor(old)
      Process.exit(old, :kill)
      assert reason_of({old, ref}) == :killed
      await_other_counter(node, old)
    end
  end

  test "a call by pid", %{node: node}, do: assert(GenServer.call(pid_of(node, :counter), {:add, 1}) == 1)
  check "a call with timeout infinity", GenServer.call(counter(node), :get, :infinity) == 0

  test "a call to a name nobody has is noproc", %{node: node} do
    assert exit_of(fn -> :gen_server.call({:nobody, node}, :x) end) == {:noproc, {:gen_server, :call, [{:nobody, node}, :x]}}
  end

  test "a call to a dead pid is noproc", %{node: node} do
    {pid, _} = monitored = Node.spawn_monitor(node, :city_peer, :node, [])
    reason_of(monitored)
    assert exit_of(fn -> :gen_server.call(pid, :x) end) == {:noproc, {:gen_server, :call, [pid, :x]}}
  end

  test "a call that takes too long times out, and its answer is not left over", %{node: node} do
    assert exit_of(fn -> :gen_server.call(counter(node), {:sleep, 150}, 50) end) ==
             {:timeout, {:gen_server, :call, [counter(node), {:sleep, 150}, 50]}}

    assert next(250) == :silence
  end

  test "a call to a server that is killed meanwhile", %{node: node} do
    old = pid_of(node, :counter)
    request = :gen_server.send_request(old, {:sleep, 5_000})
    Process.exit(old, :kill)
    assert :gen_server.receive_response(request, 5_000) == {:error, {:killed, old}}
    await_other_counter(node, old)
  end

  test "send_request and check_response", %{node: node} do
    request = :gen_server.send_request(counter(node), {:add, 3})
    assert :gen_server.check_response(next(), request) == {:reply, 3}
  end

  test "send_request to nobody", %{node: node} do
    request = :gen_server.send_request({:nobody, node}, :x)
    assert :gen_server.receive_response(request, 5_000) == {:error, {:noproc, {:nobody, node}}}
  end

  test "a collection of requests", %{node: node} do
    ids = :gen_server.reqids_new()
    ids = Enum.reduce(1..20, ids, fn i, ids -> :gen_server.send_request(counter(node), {:add, 1}, i, ids) end)

    answers =
      Enum.map_reduce(1..20, ids, fn _, ids ->
        {{:reply, sum}, label, ids} = :gen_server.receive_response(ids, 5_000, true)
        {{label, sum}, ids}
      end)

    assert Enum.sort(elem(answers, 0)) == for(i <- 1..20, do: {i, i})
  end

  test "multi_call reaches the peer, and tells who is missing", %{node: node} do
    assert :gen_server.multi_call([node, nowhere()], :counter, {:add, 9}, 5_000) == {[{node, 9}], [nowhere()]}
  end

  test "multi_call to a name nobody has", %{node: node} do
    assert :gen_server.multi_call([node], :nobody, :x, 2_000) == {[], [node]}
  end

  test "abcast", %{node: node} do
    assert :gen_server.abcast([node], :counter, {:add, 4}) == :abcast
    assert GenServer.call(counter(node), :get) == 4
  end

  test "a hundred callers at once", %{node: node} do
    sums = 1..100 |> Enum.map(fn _ -> Task.async(fn -> for(_ <- 1..20, do: GenServer.call({:counter, node}, {:add, 1}, 15_000)) end) end)
    all = sums |> Enum.flat_map(&Task.await(&1, 30_000)) |> Enum.sort()
    assert all == Enum.to_list(1..2000)
  end

  test "events: a visible node comes and goes", %{node: node} do
    other = fresh_node("comes")
    beam = start_beam(other, "net_adm:ping('#{node}').")
    assert GenServer.call({:events, node}, {:wait, {:nodeup, other}, 8_000}, 10_000) == true
    Program.signal(beam, "KILL")
    assert GenServer.call({:events, node}, {:wait, {:nodedown, other}, 8_000}, 10_000) == true
  end

  test "events: a hidden node comes and goes, and each event answers one wait", %{node: node} do
    other = fresh_node("hidden")
    beam = start_beam(other, "net_adm:ping('#{node}').", ["-hidden"])
    assert GenServer.call({:events, node}, {:wait, {:nodeup, other}, 8_000}, 10_000) == true
    assert GenServer.call({:events, node}, {:wait, {:nodeup, other}, 50}) == :timeout
    assert other in ask(node, :nodes, [:hidden])
    assert other not in ask(node, :nodes)
    assert other in ask(node, :nodes, [:connected])
    Program.signal(beam, "KILL")
    Process.sleep(300)
    assert GenServer.call({:events, node}, {:wait, {:nodedown, other}, 8_000}, 10_000) == true
    assert other not in ask(node, :nodes, [:connected])
  end

  test "events: a wait for what does not happen ends with timeout", %{node: node} do
    {ms, :timeout} = CityCase.timed(fn -> GenServer.call({:events, node}, {:wait, {:nodeup, nowhere()}, 200}) end)
    assert ms in 190..2_000
  end

  test "events: our own going and coming", %{node: node} do
    true = Node.disconnect(node)
    true = Node.connect(node)
    assert GenServer.call({:events, node}, {:wait, {:nodedown, node()}, 5_000}) == true
    assert GenServer.call({:events, node}, {:wait, {:nodeup, node()}, 5_000}) == true
  end

  test "user writes to the peer's standard output", %{node: node, peer: peer} do
    user = pid_of(node, :user)
    :ok = :io.put_chars(user, "line one\nline größe\n")
    assert Program.await_line(peer, ~r/^line one$/)
    assert Program.await_line(peer, ~r/^line gr/)
  end

  test "user takes characters, lists and binaries", %{node: node, peer: peer} do
    user = pid_of(node, :user)
    :ok = :io.put_chars(user, [~c"mixed ", "list ", [?o, ["f", " text"]], ?\n])
    :ok = :io.nl(user)
    assert Program.await_line(peer, ~r/^mixed list of text$/)
  end

  test "user refuses what it does not know, and goes on", %{node: node, peer: peer} do
    user = pid_of(node, :user)
    ref = make_ref()
    send(user, {:io_request, self(), ref, :no_such_request})
    assert {:io_reply, ^ref, {:error, _}} = next()
    IO.puts(user, "after the refusal")
    assert Program.await_line(peer, ~r/^after the refusal$/)
  end

  test "a message to a name nobody has is dropped", %{node: node} do
    send({:nobody, node}, :hello)
    assert {_, :here} = CityCase.echo(node, :here)
  end
end

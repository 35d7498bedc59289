defmodule LoadTest do
  @moduledoc """
  What large messages, peers that hang and crowds cost those who have nothing to do with them. Round
  trip times are reported, not asserted; that everything arrives, and the memory it takes, is.
  """
  use CityCase
  import Figures

  @large 64 * 1_048_576

  # Sanitizers keep freed memory, to see who still uses it; they find leaks by themselves.
  defp judges_memory?, do: System.get_env("BEAMNODE_SANITIZERS", "") == ""

  # -- 64 MiB messages ---------------------------------------------------------------------------

  @rounds 4
  @per_round 3

  # Rounds of several large messages at once, there and back; checked at the end, when no ping is
  # held up by it.
  defp exchange(node, messages) do
    for round <- 1..@rounds do
      for message <- messages, do: send({:echo, node}, {self(), {round, message}})

      for _ <- messages do
        assert_receive {pid, answer} when is_pid(pid), 60_000
        answer
      end
    end
  end

  # An exchange while others ping: what checks it, and how fast it was.
  defp loaded(node) do
    content = :crypto.strong_rand_bytes(@large)
    messages = for i <- 1..@per_round, do: <<i, content::binary>>
    {took, answers} = timed(fn -> exchange(node, messages) end)

    check = fn ->
      for {got, round} <- Enum.with_index(answers, 1), {{got_round, got}, sent} <- Enum.zip(got, messages) do
        assert got_round == round
        assert got == sent, "message #{:binary.first(sent)} of round #{round} came otherwise"
      end

      refute_received _
    end

    {check, "#{div(@rounds * @per_round * 64_000, took)} MiB/s each way"}
  end

  defp ping_echo(pid) do
    ref = make_ref()
    send(pid, {self(), ref})
    receive(do: ({_, ^ref} -> :ok))
  end

  @tag timeout: 120_000
  test "64 MiB messages there and back while another process pings the city", %{node: node} do
    other = Node.spawn(node, City, :echo, [])
    pinging = start_pinging(fn -> ping_echo(other) end)
    {check, speed} = loaded(node)
    report_pings("64 MiB both ways (#{speed}), BEAM pings city", stop_pinging(pinging))
    check.()
  end

  # Runs on a BEAM that has nothing else to do with the large messages: it has the peer call the
  # tests, over the connection of the large messages, and pings the peer over its own.
  @bystander """
  Pinging = fun(Name, Ping) ->
    Loop = fun Again(Times) ->
      receive enough -> {tests, 'TESTS'} ! {Name, Times}
      after 1 ->
        Start = erlang:monotonic_time(microsecond),
        Ping(),
        Again([erlang:monotonic_time(microsecond) - Start | Times])
      end
    end,
    register(Name, spawn(fun() -> Loop([]) end))
  end,
  true = net_kernel:connect_node('PEER'),
  Pinging(calls, fun() -> {ok, pong} = erpc:call('PEER', city_peer, call, [{pinger, 'TESTS'}, ping, 60000]) end),
  Pinging(echoes, fun() -> {echo, 'PEER'} ! {self(), 1}, receive {_, 1} -> ok end end),
  io:format("PINGING~n").
  """

  @tag city: false, timeout: 120_000
  test "64 MiB messages there and back while the city calls the BEAM, and another BEAM the city" do
    Process.register(self(), :tests)
    Process.register(spawn_link(&answer_calls/0), :pinger)
    node = fresh_node("peer")
    PeerCase.start_peer(node)
    true = Node.connect(node)
    beam = fresh_node("bystander")
    code = @bystander |> String.replace("PEER", "#{node}") |> String.replace("TESTS", "#{node()}")
    bystander = start_beam(beam, code, ["-hidden"])
    Program.await_line(bystander, ~r/^PINGING$/, 20_000)

    {check, speed} = loaded(node)

    for {name, what} <- [calls: "city calls BEAM", echoes: "another BEAM pings city"] do
      send({name, beam}, :enough)
      assert_receive {^name, times}, 60_000
      report_pings("64 MiB both ways (#{speed}), #{what}", times)
    end

    check.()
  end

  defp answer_calls do
    receive do
      {:"$gen_call", from, :ping} -> GenServer.reply(from, :pong)
    end

    answer_calls()
  end

  # -- peers that hang ----------------------------------------------------------------------------

  @stopped_for 30_000
  @mib 1_048_576
  # What the peer sends to the stopped BEAM: from each process, that many messages of that size.
  @floods [{1_024, 65_536}, {1_024, 65_536}, {1_024, 65_536}, {8, 8 * @mib}]
  # Messages of the stopped flooder that are on their way or being echoed at any time.
  @window 2
  @flood_size 4 * @mib
  # What the peer's memory may grow by: node_options::busy_limit; a message of each suspended sender,
  # as its own data and as the bytes made of it; the flooder's window, as bytes received (in a buffer
  # that doubles), as messages and as bytes to send; and what the allocator keeps.
  @bound @mib + 2 * (3 * 65_536 + 8 * @mib) + 4 * @window * @flood_size + 16 * @mib

  # Says when as many messages as announced have arrived in order and whole. No binary patterns: this
  # is interpreted, and erl_eval of OTP 25 dies of them when the binary came from another node.
  @reader """
  Read = fun Again(N, Size) ->
    receive
      Message when byte_size(Message) =:= Size ->
        case binary:decode_unsigned(binary:part(Message, 0, 8)) of
          N -> Again(N + 1, Size);
          Other -> io:format("WRONG: ~b instead of ~b of ~b~n", [Other, N, Size])
        end;
      done -> io:format("GOT ~b of ~b~n", [N, Size]);
      Other -> io:format("WRONG after ~b of ~b: ~0P~n", [N, Size, Other, 20])
    end
  end,
  [register(list_to_atom("reader" ++ integer_to_list(I)), spawn(fun() -> Read(0, Size) end))
   || {I, Size} <- SIZES],
  true = net_kernel:connect_node('PEER'),
  io:format("READING~n").
  """

  # Floods an echo of the peer's, whose answers go to the tests, which say how many more may come.
  @flooder """
  register(flooder, self()),
  Echo = spawn('PEER', city_peer, echo_loop, []),
  Rest = binary:copy(<<"of a length that is prime">>, SIZE div 25),
  Flood = fun Again(N) ->
    receive
      {more, Tests} ->
        Content = <<N:64, Rest/binary>>,
        Echo ! {Tests, {flood, N, erlang:crc32(Content), Content}},
        Again(N + 1);
      {enough, Tests} -> Echo ! {Tests, {flooded, N}}
    end
  end,
  io:format("FLOODING~n"),
  Flood(0).
  """

  @tag city: false, timeout: 120_000
  test "BEAMs stopped for 30 s, one flooded and one flooding, cost nobody else anything" do
    Process.register(spawn_link(&answer_calls/0), :pinger)
    node = fresh_node("peer")
    peer = PeerCase.start_peer(node)
    true = Node.connect(node)
    {before, _} = memory(peer)

    sizes = for {{_, size}, i} <- Enum.with_index(@floods, 1), do: {i, size}
    reader_node = fresh_node("reader")
    reader = start_hidden(reader_node, @reader, node, SIZES: :io_lib.format("~w", [sizes]))
    flooder_node = fresh_node("flooder")
    flooder = start_hidden(flooder_node, @flooder, node, SIZE: @flood_size)
    Program.await_line(reader, ~r/^READING$/, 20_000)
    Program.await_line(flooder, ~r/^FLOODING$/, 20_000)

    flow = Task.async(fn -> receive_flood(flooder_node) end)
    Process.sleep(500)
    for program <- [flooder, reader], do: stop(program)

    floods =
      for {{count, size}, i} <- Enum.with_index(@floods, 1) do
        Node.spawn_monitor(node, :city_peer, :flood, [{:"reader#{i}", reader_node}, count, size])
      end

    port = port_of(node)

    pinging = [
      "a BEAM pings the city": start_pinging(fn -> echo(node, 1) end),
      "the city calls a BEAM":
        start_pinging(fn -> {:ok, :pong} = PeerCase.ask(node, :call, [{:pinger, node()}, :ping, 8_000]) end),
      "others come, are answered, and leave": start_pinging(fn -> visit(port, one_of_a_hundred()) end)
    ]

    until = System.monotonic_time(:millisecond) + @stopped_for
    resident = sample_memory(peer, until, [])
    {_, most} = memory(peer)
    # Nobody has got rid of what it has to say, and nobody has been told of a loss.
    refute_received {:DOWN, _, :process, _, _}
    for stopped <- [reader_node, flooder_node], do: assert(stopped in PeerCase.ask(node, :nodes, [:hidden]))
    for {what, task} <- pinging, do: report_pings("two BEAMs stopped, #{what}", stop_pinging(task))
    mib = &Float.round(&1 / 1024, 1)

    report(
      "two BEAMs stopped, resident: #{mib.(before)} MiB before, #{mib.(Enum.max(resident))} MiB while, " <>
        "#{mib.(most)} MiB at most; the bound is #{mib.(before + div(@bound, 1024))} MiB"
    )

    if judges_memory?(), do: assert((most - before) * 1024 < @bound)

    Program.signal(reader, "CONT")
    Program.signal(flooder, "CONT")
    for {count, size} <- @floods, do: Program.await_line(reader, ~r/^GOT #{count} of #{size}$/, 30_000)
    Program.await_count(reader, ~r/^GOT/, length(@floods), 30_000)
    for {pid, ref} <- floods, do: assert_receive({:DOWN, ^ref, :process, ^pid, :normal}, 5_000)
    send(flow.pid, :enough)
    assert {:all_of, many} = Task.await(flow, 30_000)
    report("two BEAMs stopped, #{many} messages of 4 MiB from the flooder, all in order")
  end

  defp start_hidden(name, code, peer, words) do
    fill_in = fn {word, value}, code -> String.replace(code, "#{word}", "#{value}") end
    start_beam(name, Enum.reduce([{:PEER, peer} | words], code, fill_in), ["-hidden"])
  end

  defp stop(program) do
    Program.signal(program, "STOP")
    Eventually.holds(5_000, "it to stop", fn -> stopped?(program) end)
  end

  # Always as many on their way as the window holds.
  defp receive_flood(flooder_node) do
    for _ <- 1..@window, do: send({:flooder, flooder_node}, {:more, self()})
    receive_flood(flooder_node, 0, {:more, self()})
  end

  defp receive_flood(flooder_node, expected, ask) do
    receive do
      {_echo, {:flood, n, sum, content}} ->
        {n, sum} == {expected, :erlang.crc32(content)} || exit({:expected, expected, :got, n})

        ask =
          receive do
            :enough -> {:enough, self()}
          after
            0 -> ask
          end

        send({:flooder, flooder_node}, ask)
        receive_flood(flooder_node, expected + 1, ask)

      {_echo, {:flooded, count}} ->
        count == expected || exit({:expected, expected, :sent, count})
        {:all_of, count}
    after
      60_000 -> exit({:lost_after, expected})
    end
  end

  defp sample_memory(peer, until, samples) do
    Process.sleep(500)
    {resident, _} = memory(peer)
    samples = [resident | samples]
    if System.monotonic_time(:millisecond) < until, do: sample_memory(peer, until, samples), else: samples
  end

  # -- crowds ------------------------------------------------------------------------------------

  @crowd 200

  # A raw peer is up when the echo has answered it.
  defp visit(port, name), do: port |> RawPeer.connect(name) |> RawPeer.close()

  # Names that come again, but not before their connection is forgotten.
  defp one_of_a_hundred, do: :"visitor#{rem(System.unique_integer([:positive, :monotonic]), 100)}@127.0.0.1"

  @tag timeout: 120_000
  test "#{@crowd} peers at once come, are answered and leave, five times over, and leave nothing behind", context do
    %{city: city, node: node} = context
    port = port_of(node)
    names = for i <- 1..@crowd, do: :"crowd#{i}@127.0.0.1"

    after_rounds =
      for round <- 1..5 do
        {took, _} = timed(fn -> crowd(port, names) end)
        Program.await_count(city, ~r/^crowd\d+@127.0.0.1 went/, round * @crowd, 20_000)
        {resident, _} = memory(city)
        {resident, descriptors(city), took}
      end

    {resident, descriptors, took} = after_rounds |> Enum.map(&Tuple.to_list/1) |> Enum.zip() |> List.to_tuple()
    in_order = &(&1 |> Tuple.to_list() |> Enum.join(", "))

    report(
      "#{@crowd} peers, after each of five rounds: resident #{in_order.(resident)} KiB, " <>
        "descriptors #{in_order.(descriptors)}, took #{in_order.(took)} ms"
    )

    # The allocator keeps some of its highest peak, which may be in any round; what is lost with every
    # peer shows in each of them. Slack: 4 MiB in all, 128 KiB in the round with the least growth.
    if judges_memory?() do
      resident = Tuple.to_list(resident)
      assert List.last(resident) - hd(resident) < 4_096
      steps = for [before, later] <- Enum.chunk_every(tl(resident), 2, 1, :discard), do: later - before
      assert Enum.min(steps) < 128
    end

    assert descriptors |> Tuple.to_list() |> Enum.uniq() |> length() == 1
    assert {_, :served} = echo(node, :served)
  end

  # All are connected and answered before the first leaves.
  defp crowd(port, names) do
    test = self()

    visitors =
      for name <- names do
        Task.async(fn ->
          peer = RawPeer.connect(port, name)
          send(test, {:answered, name})
          receive(do: (:leave -> RawPeer.close(peer)))
        end)
      end

    for name <- names, do: assert_receive({:answered, ^name}, 20_000)
    for visitor <- visitors, do: send(visitor.pid, :leave)
    Task.await_many(visitors, 20_000)
  end
end

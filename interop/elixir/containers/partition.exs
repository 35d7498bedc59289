# partition.exs BEAM CITY: the network between the two is cut, and joined again; this node sees both
# all the time. Prints CUT and JOIN where that is to be done and waits for an answer; a line for each
# check. Exit status 1 when something failed. Both nodes have a net_ticktime of 8 seconds.
for {module, binary} <- Code.compile_file("on_beam.exs", __DIR__) do
  Process.put(module, binary)
end

[beam, city] = Enum.map(System.argv(), &String.to_atom/1)

defmodule Partition do
  # net_ticktime and one tick more, and a second for the machine.
  @tick_time 8_000
  @limit 11_000

  def limit, do: @limit
  def tick_time, do: @tick_time

  def order(what) do
    IO.puts(what)
    "done\n" = IO.gets("")
  end

  def check(name, good, seen \\ nil) do
    if good, do: IO.puts("ok     #{name}"), else: IO.puts("FAILED #{name}: #{inspect(seen)}")
    Process.put(:failed, Process.get(:failed, false) or not good)
  end

  @doc "All messages of `from` that come within this time."
  def all_of(from, ms) do
    until = now() + ms
    Stream.repeatedly(fn ->
      receive do
        {^from, message} -> message
      after
        max(until - now(), 0) -> nil
      end
    end)
    |> Enum.take_while(& &1)
  end

  def now, do: System.monotonic_time(:millisecond)

  @doc "Events that the city has remembered from before are taken."
  def forget_events(city, event) do
    case GenServer.call({:events, city}, {:wait, event, 0}) do
      true -> forget_events(city, event)
      :timeout -> :ok
    end
  end

  def run(round, beam, city) do
    :erpc.call(beam, Node, :connect, [city], 15_000)
    me = self()

    # From the BEAM: a process linked with one of the city, which it monitors. From the city: calls
    # that wait for the end of a link and of a monitor.
    other = Node.spawn(city, :city_peer, :trap_loop, [me])
    watcher = :erpc.call(beam, OnBeam, :watch, [other, me])
    receive(do: ({^watcher, :watching} -> :ok))
    sleeper = Node.spawn(beam, Process, :sleep, [:infinity])
    link = Task.async(fn -> :erpc.call(city, :city_peer, :link_wait, [sleeper, 60_000], 70_000) end)
    monitor = Task.async(fn -> :erpc.call(city, :city_peer, :monitor_wait, [sleeper, 60_000], 70_000) end)
    Process.sleep(500)
    forget_events(city, {:nodedown, beam})

    order("CUT")
    cut_at = now()
    # On its way when the line is cut; it must not arrive later.
    :erpc.call(beam, :erlang, :send, [other, {:stale, round}])
    :erpc.call(city, :city_peer, :send, [watcher, {:stale, round}])

    saw_on_city =
      GenServer.call({:events, city}, {:wait, {:nodedown, beam}, 30_000}, 40_000)

    took = now() - cut_at
    check("round #{round}: the city sees the node go down", saw_on_city == true, saw_on_city)
    check("round #{round}: within the tick time", took in 4_000..limit(), took)
    left = max(limit() - took, 0)
    told = all_of(watcher, left + 2_000)
    exits = for {:EXIT, ^other, reason} <- told, do: reason
    downs = for {:DOWN, _, :process, ^other, reason} <- told, do: reason
    check("round #{round}: the BEAM's link breaks with noconnection, once", exits == [:noconnection], told)
    check("round #{round}: the BEAM's monitor fires with noconnection, once", downs == [:noconnection], told)
    check("round #{round}: the BEAM sees the city go down", Enum.any?(told, &match?({:nodedown, ^city, _}, &1)), told)

    # trap_loop tells of every message: the exit of its link, and nothing else.
    trapped =
      Stream.repeatedly(fn ->
        receive(do: ({:trapped, ^other, message} -> message), after: (0 -> nil))
      end)
      |> Enum.take_while(& &1)

    check("round #{round}: the city's link breaks with noconnection, once",
      trapped == [{:EXIT, watcher, :noconnection}], trapped)

    link_result = Task.await(link, 70_000)
    check("round #{round}: a link made by the city breaks", link_result == {:EXIT, sleeper, :noconnection}, link_result)
    monitor_result = Task.await(monitor, 70_000)
    check("round #{round}: a monitor of the city fires",
      monitor_result == {:DOWN, :process, sleeper, :noconnection}, monitor_result)

    dialed = :erpc.call(city, :city_peer, :connect, [beam], 20_000)
    check("round #{round}: connecting fails while the line is cut", dialed == false, dialed)
    order("JOIN")

    joined =
      if round == 1,
        do: :erpc.call(beam, Node, :connect, [city], 20_000),
        else: :erpc.call(city, :city_peer, :connect, [beam], 20_000)

    check("round #{round}: they connect again", joined == true, joined)
    :erpc.call(beam, :erlang, :send, [other, {:fresh, round}])
    :erpc.call(city, :city_peer, :send, [watcher, {:fresh, round}])
    Process.sleep(3_000)

    after_join =
      Stream.repeatedly(fn ->
        receive do
          {:trapped, ^other, message} -> {:city, message}
          {^watcher, {kind, _} = message} when kind in [:stale, :fresh] -> {:beam, message}
          {^watcher, {:EXIT, _, _} = message} -> {:beam, message}
          {^watcher, {:DOWN, _, _, _, _} = message} -> {:beam, message}
        after
          0 -> nil
        end
      end)
      |> Enum.take_while(& &1)
      |> Enum.sort()

    check("round #{round}: new messages arrive, and no stale signal",
      after_join == Enum.sort([{:city, {:fresh, round}}, {:beam, {:fresh, round}}]), after_join)

    Process.exit(sleeper, :kill)
  end
end

true = Node.connect(beam)
true = Node.connect(city)

for {module, binary} <- Process.get(), is_binary(binary) do
  {:module, ^module} = :erpc.call(beam, :code, :load_binary, [module, ~c"on_beam.exs", binary])
end

for round <- 1..2, do: Partition.run(round, beam, city)

System.halt(if Process.get(:failed), do: 1, else: 0)

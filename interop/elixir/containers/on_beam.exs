defmodule Teller do
  @moduledoc "A GenServer for C++ nodes to call."
  use GenServer
  def init(state), do: {:ok, state}
  def handle_call(:ping, _from, state), do: {:reply, :pong, state}
end

defmodule OnBeam do
  @moduledoc "What is done on the BEAM under test; the driver loads it there."

  def start_teller, do: GenServer.start(Teller, nil, name: Teller)

  def nodes_up, do: Node.list(:connected)

  @doc "Uses the city from here, and lets the city use this node: names with true or what came."
  def visit(city, visibility) do
    Process.flag(:trap_exit, true)
    here = node()

    checks = [
      listed: {fn -> city in Node.list(visibility) end, true},
      echoes_in_order:
        {fn ->
           for i <- 1..100, do: send({:echo, city}, {self(), i})

           for i <- 1..100 do
             receive do
               {_, ^i} -> i
             after
               5000 -> :silence
             end
           end
         end, Enum.to_list(1..100)},
      gen_server_call:
        {fn -> is_integer(GenServer.call({:counter, city}, :get)) end, true},
      erpc: {fn -> :erpc.call(city, :city_peer, :add, [1, 2], 5000) end, 3},
      failing_erpc:
        {fn ->
           try do
             :erpc.call(city, :city_peer, :throw, [:thrown], 5000)
           catch
             class, reason -> {class, reason}
           end
         end, {:throw, :thrown}},
      eight_megabytes:
        {fn ->
           bytes = :binary.copy(<<7>>, 8_388_608)
           :erpc.call(city, :city_peer, :identity, [bytes], 20_000) == bytes
         end, true},
      spawn_link_and_monitor:
        {fn ->
           {pid, ref} =
             :erlang.spawn_opt(city, :city_peer, :echo_loop, [], [:link, :monitor])

           send(pid, {:stop, :enough})
           exit = receive(do: ({:EXIT, ^pid, reason} -> reason), after: (5000 -> :silence))
           down = receive(do: ({:DOWN, ^ref, _, ^pid, reason} -> reason), after: (5000 -> :silence))
           {exit, down}
         end, {:enough, :enough}},
      called_by_the_city:
        {fn -> :erpc.call(city, :city_peer, :call, [{Teller, here}, :ping, 5000], 9000) end,
         {:ok, :pong}},
      rpc_by_the_city:
        {fn -> :erpc.call(city, :city_peer, :rpc, [here, :erlang, :+, [1, 2], 5000], 9000) end,
         {:ok, 3}},
      spawned_by_the_city:
        {fn ->
           {_, reason} =
             :erpc.call(city, :city_peer, :spawn_monitor_wait, [here, :erlang, :exit, [:done]], 9000)

           reason
         end, :done},
      linked_by_the_city:
        {fn ->
           victim = spawn(fn -> receive(do: (:go -> exit(:broken))) end)
           spawn(fn -> Process.sleep(200) && send(victim, :go) end)
           {:EXIT, ^victim, reason} =
             :erpc.call(city, :city_peer, :link_wait, [victim, 5000], 9000)

           reason
         end, :broken}
    ]

    for {name, {run, wanted}} <- checks do
      got =
        try do
          run.()
        catch
          class, reason -> {:crashed, class, reason}
        end

      {name, if(got == wanted, do: true, else: got)}
    end
  end

  @doc "Disconnects the city, and waits until it is gone from here."
  def leave(city) do
    Node.disconnect(city)
    wait_until(fn -> city not in Node.list(:connected) end)
  end

  def wait_until(condition, left \\ 200) do
    cond do
      condition.() -> true
      left == 0 -> false
      true -> Process.sleep(20) && wait_until(condition, left - 1)
    end
  end

  @doc """
  Watches: a process here that is linked with `other`, monitors it and the node, and tells `observer`
  all it gets, with the time in milliseconds.
  """
  def watch(other, observer) do
    watcher =
      spawn(fn ->
        Process.flag(:trap_exit, true)
        :net_kernel.monitor_nodes(true, node_type: :all)
        Process.link(other)
        Process.monitor(other)
        send(observer, {self(), :watching})
        tell_all(observer)
      end)

    watcher
  end

  defp tell_all(observer) do
    receive do
      message -> send(observer, {self(), message})
    end

    tell_all(observer)
  end
end

defmodule CrashesTest do
  @moduledoc "Either side is killed as with `kill -9`, again and again, and comes back under its name."
  use CityCase

  @rounds 50

  @tag city: false, timeout: 600_000
  test "a city killed #{@rounds} times leaves nothing behind in this BEAM" do
    Process.flag(:trap_exit, true)
    node = fresh_node("city")
    [short, _] = node |> to_string() |> String.split("@")

    Enum.reduce(1..@rounds, [], fn round, old_pids ->
      city = start_city(node)
      assert Node.connect(node) == true
      assert Enum.count(Node.list(), &(&1 == node)) == 1
      assert Enum.count(registered_with_epmd(), &(&1 == short)) == 1
      # A new life: the counter starts anew, and the pids of the old lives are dead.
      assert GenServer.call({:counter, node}, {:add, round}) == round

      for old <- Enum.take(old_pids, 3) do
        send(old, {self(), :anyone_there})
        ref = Process.monitor(old)
        assert_receive {:DOWN, ^ref, :process, ^old, :noproc}, 5_000
        Process.link(old)
        assert_receive {:EXIT, ^old, :noproc}, 5_000
      end

      pid = echo_pid(node)
      assert pid not in old_pids
      Process.link(pid)
      by_pid = Process.monitor(pid)
      by_name = Process.monitor({:counter, node})
      Node.monitor(node, true)
      assert {^pid, ^round} = echo(node, round)

      kill_city(city)
      assert_receive {:nodedown, ^node}, 5_000
      assert_receive {:DOWN, ^by_pid, :process, ^pid, :noconnection}, 5_000
      assert_receive {:DOWN, ^by_name, :process, {:counter, ^node}, :noconnection}, 5_000
      assert_receive {:EXIT, ^pid, :noconnection}, 5_000
      refute node in Node.list()
      refute_received _
      [pid | old_pids]
    end)
  end

  # The peer links with a process of the city, monitors another, calls the counter, and keeps its pids.
  @peer_code """
  fun() ->
    City = 'CITY',
    true = net_kernel:connect_node(City),
    Linked = spawn_link(City, 'Elixir.City', echo, []),
    monitor(process, {echo, City}),
    register(peer, self()),
    N = gen_server:call({counter, City}, {add, 1}),
    Linked ! {self(), linked},
    receive {Linked, linked} -> ok end,
    {tests, 'TESTS'} ! {peer, self(), Linked, N},
    receive stop -> ok end
  end().
  """

  @tag timeout: 600_000
  test "a BEAM killed #{@rounds} times leaves nothing behind in the city", %{city: city, node: node} do
    Process.register(self(), :tests)
    peer = fresh_node("peer")
    code = @peer_code |> String.replace("CITY", "#{node}") |> String.replace("TESTS", "#{node()}")

    Enum.reduce(1..@rounds, [], fn round, old_linked ->
      beam = start_beam(peer, code, ["-hidden"])
      assert_receive {:peer, pid, linked, count}, 20_000
      assert count == round
      Program.await_count(city, ~r/^#{peer} came/, round)

      # What was linked with the peer's former lives died with them.
      for old <- Enum.take(old_linked, 3) do
        ref = Process.monitor(old)
        assert_receive {:DOWN, ^ref, :process, ^old, :noproc}, 5_000
      end

      ref = Process.monitor(linked)
      Program.signal(beam, "KILL")
      assert {137, _} = Program.await_exit(beam)
      assert_receive {:DOWN, ^ref, :process, ^linked, :noconnection}, 5_000
      Program.await_count(city, ~r/^#{peer} went/, round)
      # A message to a pid of the dead peer through the city's echo is lost, and harms nobody.
      send({:echo, node}, {pid, :too_late})
      assert {_, ^round} = echo(node, round)
      Node.disconnect(peer)
      [linked | old_linked]
    end)
  end

  @tag city: false, timeout: 600_000
  test "both sides dial at once, 100 times, and one connection stands" do
    Process.register(self(), :visitor)
    node = fresh_node("city")
    [short, _] = node |> to_string() |> String.split("@")

    for round <- 1..100 do
      city = launch_city(node, ["--connect", node()])
      dial_as_soon_as_it_is_registered(String.to_charlist(short), node)
      Program.await_line(city, ~r/^connected to #{node()}$/)
      Program.await_line(city, ~r/^READY$/)
      assert_receive {:hello, ^node}, 5_000
      assert Enum.count(Node.list(), &(&1 == node)) == 1
      assert {_, ^round} = echo(node, round)
      Program.await_line(city, ~r/^#{node()} came/)
      assert Program.count(city, ~r/^#{node()} came/) == 1
      assert Program.count(city, ~r/^#{node()} went/) == 0
      Node.monitor(node, true)
      end_city(city)
      assert_receive {:nodedown, ^node}, 5_000
    end
  end

  defp dial_as_soon_as_it_is_registered(short, node) do
    case :erl_epmd.port_please(short, {127, 0, 0, 1}) do
      {:port, _, _} -> assert Node.connect(node) == true
      _ -> dial_as_soon_as_it_is_registered(short, node)
    end
  end
end

defmodule RelationsTest do
  use CityCase

  test "a monitor of a name that is not there goes down with noproc at once", %{node: node} do
    ref = Process.monitor({:nobody, node})
    assert_receive {:DOWN, ^ref, :process, {:nobody, ^node}, :noproc}, 2_000
  end

  test "monitors by pid and by name go down with noconnection when the city dies", %{city: city, node: node} do
    pid = echo_pid(node)
    by_pid = Process.monitor(pid)
    by_name = Process.monitor({:counter, node})
    gone = Process.monitor(pid)
    Process.demonitor(gone)
    Node.monitor(node, true)
    kill_city(city)
    assert_receive {:DOWN, ^by_pid, :process, ^pid, :noconnection}, 5_000
    assert_receive {:DOWN, ^by_name, :process, {:counter, ^node}, :noconnection}, 5_000
    assert_receive {:nodedown, ^node}, 5_000
    refute_received {:DOWN, ^gone, _, _, _}
  end

  test "a demonitored process says nothing when it ends", %{node: node} do
    {pid, ref} = Node.spawn_monitor(node, City, :echo, [])
    second = Process.monitor(pid)
    Process.demonitor(ref)
    Process.exit(pid, :kill)
    assert_receive {:DOWN, ^second, :process, ^pid, :killed}, 5_000
    refute_receive {:DOWN, ^ref, _, _, _}, 100
  end

  test "a link breaks with noconnection when the city dies", %{city: city, node: node} do
    Process.flag(:trap_exit, true)
    pid = echo_pid(node)
    Process.link(pid)
    # A round trip: the link has arrived.
    assert {^pid, 1} = echo(node, 1)
    kill_city(city)
    assert_receive {:EXIT, ^pid, :noconnection}, 5_000
    refute_receive {:EXIT, _, _}, 50
  end

  test "a link to a process that is gone breaks with noproc", %{node: node} do
    Process.flag(:trap_exit, true)
    {pid, ref} = Node.spawn_monitor(node, City, :greet, [self()])
    assert_receive {:DOWN, ^ref, :process, ^pid, :normal}, 5_000
    Process.link(pid)
    assert_receive {:EXIT, ^pid, :noproc}, 5_000
  end

  test "linking and unlinking in a hurry leaves the last word standing", %{node: node} do
    Process.flag(:trap_exit, true)

    for steps <- [99, 100, 999, 1000] do
      pid = Node.spawn(node, City, :echo, [])
      for step <- 1..steps, do: if(rem(step, 2) == 1, do: Process.link(pid), else: Process.unlink(pid))
      send(pid, {self(), :round_trip})
      assert_receive {^pid, :round_trip}, 5_000
      Process.exit(pid, :over)

      if rem(steps, 2) == 1 do
        assert_receive {:EXIT, ^pid, :over}, 5_000
      else
        ref = Process.monitor(pid)
        assert_receive {:DOWN, ^ref, :process, ^pid, :noproc}, 5_000
      end

      refute_receive {:EXIT, ^pid, _}, 20
    end
  end

  test "an unlink that crosses the other's end brings at most one exit", %{node: node} do
    Process.flag(:trap_exit, true)

    for _ <- 1..200 do
      pid = Node.spawn_link(node, City, :greet, [self()])
      Process.unlink(pid)

      # After unlink returns no exit may come any more; one may have come before.
      receive do
        {:EXIT, ^pid, reason} -> assert reason == :normal
      after
        0 -> :ok
      end

      refute_received {:EXIT, ^pid, _}
    end

    refute_receive {:EXIT, _, _}, 100
  end

  test "ends arrive in order behind the messages sent before", %{node: node} do
    for _ <- 1..100 do
      {pid, ref} = Node.spawn_monitor(node, City, :greet, [self()])
      assert_receive {:DOWN, ^ref, :process, ^pid, :normal}, 5_000
      assert_received {:greetings, _}
    end
  end

  test "a city whose connection is closed on purpose breaks its relations, and comes back", %{node: node} do
    pid = echo_pid(node)
    ref = Process.monitor(pid)
    true = Node.disconnect(node)
    assert_receive {:DOWN, ^ref, :process, ^pid, :noconnection}, 5_000
    # It never died: the same pid serves on.
    assert {^pid, "again"} = echo(node, "again")
  end
end

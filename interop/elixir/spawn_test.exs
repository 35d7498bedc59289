defmodule SpawnTest do
  use CityCase

  test "Node.spawn runs a function of the city", %{node: node} do
    pid = Node.spawn(node, City, :greet, [self()])
    assert node(pid) == node
    assert_receive {:greetings, text}, 5_000
    assert text =~ "#{node}"
  end

  test "spawn_link and spawn_monitor tell of a normal end", %{node: node} do
    Process.flag(:trap_exit, true)
    linked = Node.spawn_link(node, City, :greet, [self()])
    assert_receive {:EXIT, ^linked, :normal}, 5_000
    {pid, ref} = Node.spawn_monitor(node, City, :greet, [self()])
    assert_receive {:DOWN, ^ref, :process, ^pid, :normal}, 5_000
  end

  test "an unknown function ends the process with undef", %{node: node} do
    Process.flag(:trap_exit, true)
    linked = Node.spawn_link(node, City, :no_such_function, [1])
    assert_receive {:EXIT, ^linked, {:undef, [{City, :no_such_function, [1], _} | _]}}, 5_000
    {pid, ref} = Node.spawn_monitor(node, NoSuchModule, :f, [])
    assert_receive {:DOWN, ^ref, :process, ^pid, {:undef, [{NoSuchModule, :f, [], _} | _]}}, 5_000
  end

  test "an option that nobody knows is refused as a bad option", %{node: node} do
    request = :erlang.spawn_request(node, City, :greet, [self()], [:no_such_option])
    assert_receive {:spawn_reply, ^request, :error, :badopt}, 5_000
    refute_received {:greetings, _}
  end

  test "a spawn request is answered with a pid, with link and monitor", %{node: node} do
    Process.flag(:trap_exit, true)
    request = :erlang.spawn_request(node, City, :echo, [], [:link, :monitor])
    assert_receive {:spawn_reply, ^request, :ok, pid}, 5_000
    send(pid, {self(), "to the spawned one"})
    assert_receive {^pid, "to the spawned one"}, 5_000
    Process.exit(pid, :enough)
    assert_receive {:EXIT, ^pid, :enough}, 5_000
    assert_receive {:DOWN, ^request, :process, ^pid, :enough}, 5_000
  end

  test "a spawned process can be killed", %{node: node} do
    {pid, ref} = Node.spawn_monitor(node, City, :echo, [])
    Process.exit(pid, :normal)
    send(pid, {self(), "normal from another is no reason"})
    assert_receive {^pid, "normal from another is no reason"}, 5_000
    Process.exit(pid, :kill)
    assert_receive {:DOWN, ^ref, :process, ^pid, :killed}, 5_000
    ref = Process.monitor(pid)
    assert_receive {:DOWN, ^ref, :process, ^pid, :noproc}, 5_000
  end

  test "an exit reason is any term, and travels unchanged", %{node: node} do
    reason = {:because, %{of: [self(), 1.5, "this"]}, String.duplicate("long", 10_000)}
    {pid, ref} = Node.spawn_monitor(node, City, :echo, [])
    Process.exit(pid, reason)
    assert_receive {:DOWN, ^ref, :process, ^pid, ^reason}, 5_000
  end

  test "a linked process of the city dies with ours", %{node: node} do
    test_process = self()

    ours =
      spawn(fn ->
        send(test_process, {:theirs, Node.spawn_link(node, City, :echo, [])})
        receive do: (:end -> exit(:ours_ended))
      end)

    assert_receive {:theirs, theirs}, 5_000
    ref = Process.monitor(theirs)
    send(ours, :end)
    assert_receive {:DOWN, ^ref, :process, ^theirs, :ours_ended}, 5_000
  end

  test "ten thousand processes come and go", %{node: node} do
    for _ <- 1..10_000, do: Node.spawn(node, City, :greet, [self()])
    for _ <- 1..10_000, do: assert_receive({:greetings, _}, 20_000)
    refute_receive {:greetings, _}, 50
  end
end

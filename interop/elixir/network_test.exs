defmodule NetworkTest do
  @moduledoc "How nodes find, keep and refuse each other, with options that the city has no switch for."
  use CityCase
  @moduletag city: false

  defp member(request, node), do: GenServer.call({:member, node}, request)

  defp own_cookie(node, cookie), do: start_member(node, ["--peer-cookie", "#{node()}=#{cookie}"])

  # -- listening -----------------------------------------------------------------------------------

  test "a node that does not listen connects to others, is hidden there, and can be talked to" do
    node = start_member(fresh_node("deaf"), ["--no-listen", "--connect", node()]).node
    assert node in Node.list(:hidden)
    assert node not in Node.list()
    assert {_, "heard"} = echo(node, "heard")
    [short, _] = node |> to_string() |> String.split("@")
    assert short not in registered_with_epmd()
    # Once it is gone, nobody can call it back.
    true = Node.disconnect(node)
    assert Node.connect(node) == false
  end

  test "a node without a name of its own makes one up" do
    names =
      for _ <- 1..2 do
        member = launch_member(:"@127.0.0.1", ["--no-listen", "--connect", node()])
        on_exit(fn -> end_city(member) end)
        ready = Program.await_line(member, ~r/^READY [0-9A-Z]+@127\.0\.0\.1$/)
        name = ready |> String.replace("READY ", "") |> String.to_atom()
        assert name in Node.list(:hidden)
        assert {_, "named"} = echo(name, "named")
        name
      end

    assert [one, two] = names
    assert one != two
  end

  test "a node listens on the interface and port it is told" do
    port = free_port()
    member = start_member(fresh_node("member"), ["--listen-address", "127.0.0.3", "--listen-port", port])
    assert port_of(member.node) == port
    assert {:error, :econnrefused} = :gen_tcp.connect({127, 0, 0, 1}, port, [])
    assert {:ok, socket} = :gen_tcp.connect({127, 0, 0, 3}, port, [])
    :gen_tcp.close(socket)
  end

  test "a node that cannot listen says why" do
    {:ok, holder} = :gen_tcp.listen(0, ip: {127, 0, 0, 1})
    {:ok, port} = :inet.port(holder)

    for {arguments, why} <- [
          {["--listen-port", port], ~r/cannot listen on 127.0.0.1: .*in use/},
          {["--listen-address", "192.0.2.1"], ~r/cannot listen on 192.0.2.1: /},
          {["--listen-address", "here"], ~r/cannot listen on here: /}
        ] do
      {status, errors} = Program.await_exit(launch_member(fresh_node("member"), arguments))
      assert {status, errors =~ why} == {70, true}
    end
  end

  # What a BEAM does to show that it reaches a node.
  defp greeting(node) do
    """
    pong = net_adm:ping('#{node}'),
    {echo, '#{node}'} ! {self(), hello},
    receive {_, hello} -> io:format("HEARD~n") end.
    """
  end

  # -- finding each other ----------------------------------------------------------------------------

  test "a cluster on one port, without an epmd" do
    port = free_port()
    environment = [{"ERL_EPMD_PORT", free_port()}]
    at = fn prefix, host -> :"#{prefix}_#{System.unique_integer([:positive])}@#{host}" end

    options = fn host -> ["--cluster-port", port, "--listen-address", host] end
    one = start_member(at.("one", "127.0.0.2"), options.("127.0.0.2"), environment)
    beam = at.("beam", "127.0.0.4")

    program =
      start_beam(
        beam,
        greeting(one.node),
        ["-start_epmd", "false", "-erl_epmd_port", port, "-kernel", "inet_dist_use_interface", "{127,0,0,4}"],
        environment
     )

    Program.await_line(program, ~r/^HEARD$/)
    Program.await_line(one, ~r/^#{beam} came$/)
    # And the other way round.
    two = start_member(at.("two", "127.0.0.3"), options.("127.0.0.3") ++ ["--connect", beam], environment)
    Program.await_line(two, ~r/^#{beam} came$/)
    three = start_member(at.("three", "127.0.0.5"), options.("127.0.0.5") ++ ["--connect", one.node], environment)
    Program.await_line(one, ~r/^#{three.node} came$/)
  end

  test "a resolver says where nodes are; what it does not know, epmd does" do
    unregistered = start_member(fresh_node("one"), ["--epmd", "none", "--listen-port", free_port()])
    [_, port] = unregistered |> Program.await_line(~r/is up, port/) |> String.split(" port ")
    resolve = ["--resolve", "#{unregistered.node}=127.0.0.1,#{port}", "--resolve", "lost@127.0.0.1=127.0.0.1,#{free_port()}"]
    asker = start_member(fresh_node("asker"), resolve)
    true = Node.connect(asker.node)
    assert member({:connect, unregistered.node}, asker.node) == true
    Program.await_line(unregistered, ~r/^#{asker.node} came$/)
    assert member({:connect, :"lost@127.0.0.1"}, asker.node) =~ ~r/connecting to 127.0.0.1, port \d+, failed: .*refused/
    assert member({:connect, :"nobody@127.0.0.1"}, asker.node) =~ ~r/no node of this name is registered/
  end

  test "a BEAM on a fixed port, which a resolver knows" do
    port = free_port()
    beam = fresh_node("beam")
    fixed = ["-kernel", "inet_dist_listen_min", port, "inet_dist_listen_max", port]
    program = start_beam(beam, ~s|io:format("UP~n").|, fixed, [{"ERL_EPMD_PORT", free_port()}])
    Program.await_line(program, ~r/^UP$/)
    member = start_member(fresh_node("member"), ["--resolve", "#{beam}=127.0.0.1,#{port}", "--connect", beam])
    Program.await_line(member, ~r/^#{beam} came$/)
  end

  test "IPv6: a C++ node and a BEAM dial each other, and both are registered with the C++ node's epmd" do
    environment = [{"ERL_EPMD_PORT", free_port()}]
    at = fn prefix -> :"#{prefix}_#{System.unique_integer([:positive])}@::1" end
    six = ["-proto_dist", "inet6_tcp"]
    one = start_member(at.("one"), ["--listen-address", "::1", "--epmd", "embed"], environment)
    beam = at.("beam")

    program =
      start_beam(
        beam,
        greeting(one.node),
        six,
        environment
     )

    Program.await_line(program, ~r/^HEARD$/)
    two = start_member(at.("two"), ["--listen-address", "::", "--connect", beam], environment)
    Program.await_line(two, ~r/^#{beam} came$/)
  end

  # -- keeping and refusing ---------------------------------------------------------------------------

  test "a peer that was disconnected may come back at once, as on a BEAM" do
    node = start_member(fresh_node("member")).node
    true = Node.connect(node)
    :erlang.monitor_node(node, true)
    GenServer.cast({:member, node}, {:disconnect, node()})
    assert_receive {:nodedown, ^node}, 5_000
    assert Node.connect(node) == true
  end

  test "or is refused for a while, if so told, unless the node itself wants it back" do
    member = start_member(fresh_node("member"), ["--refuse", "1500"])
    true = Node.connect(member.node)

    part = fn ->
      :erlang.monitor_node(member.node, true)
      GenServer.cast({:member, member.node}, {:disconnect, node()})
      assert_receive {:nodedown, _}, 5_000
    end

    part.()
    assert Node.connect(member.node) == false
    assert Node.connect(member.node) == false
    Program.await_count(member, ~r/^refused #{node()}: /, 2)
    Process.sleep(1_600)
    assert Node.connect(member.node) == true

    # A message of its own brings back whom it has parted from.
    part.()
    assert Node.connect(member.node) == false
    beam = fresh_node("beam")

    start_beam(beam, """
    {echo, '#{member.node}'} ! {{caller, '#{node()}'}, hello}, ok.
    """)

    Process.register(self(), :caller)
    assert_receive {_, :hello}, 5_000
    assert member.node in Node.list()
    part.()
    assert Node.connect(member.node) == false
  end

  test "nodes on the list are connected when they appear, and again when they were lost" do
    beam = fresh_node("beam")
    keep = ["--keep", beam, "--keep", node(), "--reconnect-first", 50, "--reconnect-longest", 300]
    member = start_member(fresh_node("member"), keep)
    Eventually.holds(2_000, "the member to call", fn -> member.node in Node.list() end)
    Program.await_line(member, ~r/^no connection: node #{beam}: .*; attempts go on$/)

    for life <- 1..2 do
      program = start_beam(beam, "ok.")
      Program.await_count(member, ~r/^#{beam} came$/, life)
      Program.signal(program, "KILL")
      Program.await_exit(program)
      Program.await_count(member, ~r/^#{beam} went: /, life)
    end

    Process.sleep(600)
    # One sentence per outage, not per attempt.
    assert Program.count(member, ~r/^no connection: node #{beam}/) == 3

    # What this side cuts is made again; what the member cuts itself stays so until it is connected anew.
    Node.disconnect(member.node)
    Program.await_count(member, ~r/^#{node()} came$/, 2)
    Eventually.holds(2_000, "the member to be back", fn -> member.node in Node.list() end)
    GenServer.cast({:member, member.node}, {:disconnect, node()})
    Program.await_line(member, ~r/^#{node()} went: disconnect$/)
    Process.sleep(1_000)
    assert member.node not in Node.list()
    true = Node.connect(member.node)
    Program.await_count(member, ~r/^#{node()} came$/, 3)
    Node.disconnect(member.node)
    Program.await_count(member, ~r/^#{node()} came$/, 4)
  end

  # -- cookies ------------------------------------------------------------------------------------------

  test "a cookie for one peer holds in both directions" do
    node = own_cookie(fresh_node("member"), "secret").node
    assert Node.connect(node) == false
    :erlang.set_cookie(node, :secret)
    assert Node.connect(node) == true
    assert member({:set_cookie, node(), :other}, node) == true
    true = Node.disconnect(node)
    assert Node.connect(node) == false
    :erlang.set_cookie(node, :other)
    assert Node.connect(node) == true
    # Others still come in with the common one.
    start_member(fresh_node("third"), ["--connect", node])

    dialer = fresh_node("dialer")
    :erlang.set_cookie(dialer, :third)
    start_member(dialer, ["--peer-cookie", "#{node()}=third", "--connect", node()])
    assert dialer in Node.list()
  end

  # -- several nodes in one process ------------------------------------------------------------------

  test "several nodes of one process are members like others, and know each other" do
    nodes = for i <- 1..4, do: fresh_node("part#{i}")
    [first | more] = nodes
    program = start_member(first, Enum.flat_map(more, &["--name", &1]))
    for node <- more, do: Program.await_line(program, ~r/^READY #{node}$/)

    for node <- nodes, do: assert(Node.connect(node))
    pids = for node <- nodes, do: echo_pid(node)
    assert Enum.map(pids, &node/1) == nodes

    # Everyone to everyone, all at once.
    for a <- nodes, b <- nodes, a != b, do: send({:member, a}, {:"$gen_call", {self(), {a, b}}, {:connect, b}})
    for a <- nodes, b <- nodes, a != b, do: assert_receive({{^a, ^b}, true}, 5_000)
    for node <- nodes, do: assert(Enum.sort([node() | nodes] -- [node]) == Enum.sort(member(:nodes, node)))
    answers = for _ <- 1..200, node <- nodes, do: Task.async(fn -> echo(node, make_ref()) end)
    assert length(Task.await_many(answers, 20_000)) == 800
  end
end

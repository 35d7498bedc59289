defmodule ConnectTest do
  use CityCase

  test "a city that is connected is in Node.list", %{node: node} do
    assert Node.connect(node) == true
    assert node in Node.list()
    assert node not in Node.list(:hidden)
  end

  @tag city: ["--hidden"]
  test "a hidden city is only in the hidden list, and works all the same", %{node: node} do
    assert node not in Node.list()
    assert node in Node.list(:hidden)
    assert GenServer.call({:counter, node}, {:add, 2}) == 2
    assert {_, "hidden"} = echo(node, "hidden")
  end

  test "the city says who came and who went", %{city: city, node: node} do
    Program.await_line(city, ~r/^#{node()} came/)
    Node.disconnect(node)
    Program.await_line(city, ~r/^#{node()} went: /)
    assert Node.connect(node) == true
    Program.await_count(city, ~r/^#{node()} came/, 2)
  end

  test "pings are answered", %{node: node} do
    assert Node.ping(node) == :pong
    assert :net_adm.ping(node) == :pong
  end

  @tag city: false
  test "the first message to a city connects by itself" do
    city = start_city(fresh_node("city"))
    assert {_, "unasked"} = echo(city.node, "unasked")
    assert city.node in Node.list()
  end

  @tag city: false
  test "a city that dials is connected, and its hello arrives" do
    Process.register(self(), :visitor)
    city = start_city(fresh_node("city"), ["--connect", node()])
    node = city.node
    Program.await_line(city, ~r/^connected to #{node()}$/)
    assert_receive {:hello, ^node}, 5_000
    assert node in Node.list()
    assert GenServer.call({:counter, node}, {:add, 3}) == 3
  end

  @tag city: false
  test "a hidden city that dials is hidden here too" do
    city = start_city(fresh_node("city"), ["--hidden", "--connect", node()])
    Eventually.holds(2_000, "the hidden city", fn -> city.node in Node.list(:hidden) end)
    assert city.node not in Node.list()
  end

  @tag city: false
  test "a BEAM without a name is granted one, and is called back under it" do
    city = start_city(fresh_node("city"))

    start_beam(:"undefined@127.0.0.1", """
    true = net_kernel:connect_node('#{city.node}'),
    42 = gen_server:call({counter, '#{city.node}'}, {add, 42}),
    {echo, '#{city.node}'} ! {self(), hello},
    receive {_, hello} -> gen_server:call({counter, '#{city.node}'}, {add, 1000}) end,
    halt().
    """)

    Program.await_line(city, ~r/^[0-9A-Z]+@127\.0\.0\.1 came$/)
    Program.await_line(city, ~r/^[0-9A-Z]+@127\.0\.0\.1 went/)
    true = Node.connect(city.node)
    assert GenServer.call({:counter, city.node}, :get) == 1042
  end

  @tag city: false
  test "with another cookie Node.connect is false, and the city says why" do
    city = start_city(fresh_node("city"), ["--cookie", "burger"])
    assert Node.connect(city.node) == false
    Program.await_line(city, ~r/^refused #{node()}: .*cookie/)
    Node.set_cookie(city.node, :burger)
    assert Node.connect(city.node) == true
  end

  test "those who watch nodes are told of a city's coming and going", %{city: city, node: node} do
    :ok = :net_kernel.monitor_nodes(true, node_type: :all)
    kill_city(city)
    assert_receive {:nodedown, ^node, [node_type: :visible]}, 5_000
    start_city(node)
    assert Node.connect(node) == true
    assert_receive {:nodeup, ^node, [node_type: :visible]}, 5_000
  after
    :net_kernel.monitor_nodes(false, node_type: :all)
  end

  @tag city: false
  test "a connection that is idle for long stays up, and a peer that hangs is noticed" do
    city = start_city(fresh_node("city"), ["--ticktime", "4"])
    code = "true = net_kernel:connect_node('#{city.node}'), io:put_chars(\"CONNECTED\\n\")."
    peer = start_beam(fresh_node("peer"), code, ["-kernel", "net_ticktime", "4"])
    Program.await_line(peer, ~r/^CONNECTED$/)
    Process.sleep(9_000)
    assert Program.count(city, ~r/^#{peer.node} went/) == 0
    Program.signal(peer, "STOP")
    Program.await_line(city, ~r/^#{peer.node} went/, 8_000)
  end

  test "a distributed lock on the BEAM does not wait for the city", %{node: node} do
    assert node in Node.list()
    {took, result} = timed(fn -> :global.set_lock({:lock_of_the_test, self()}) end)
    assert result == true
    assert took < 2_000
    :global.del_lock({:lock_of_the_test, self()})
    assert :global.register_name(:name_of_the_test, self()) == :yes
    :global.unregister_name(:name_of_the_test)
  end
end

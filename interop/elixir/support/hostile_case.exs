defmodule HostileCase do
  @moduledoc """
  Tests of what a node makes of peers that do not keep to the protocol: `%{city: program, node: node,
  port: port}`, one node per module: the city, or with `use HostileCase, member: [...]` a member with
  these options. After each test it must serve, each within a second, a BEAM that has been connected with it all the time and a peer
  that comes anew; and nobody else may have lost a connection, a link or a monitor. When all is done it
  must end with status 0 and with nothing on stderr.
  """
  use ExUnit.CaseTemplate
  import ExUnit.Assertions

  using options do
    quote do
      import HostileCase
      import CityCase, only: [cookie: 0, fresh_node: 1, timed: 1]
      setup_all do: HostileCase.start(unquote(options))
    end
  end

  setup %{bystander: bystander, node: node, port: port} do
    on_exit(fn -> undisturbed(bystander, node, port) end)
  end

  def start(options) do
    name = CityCase.fresh_node("city")

    city =
      case Keyword.fetch(options, :member) do
        {:ok, arguments} -> CityCase.start_member(name, arguments)
        :error -> CityCase.start_city(name)
      end

    true = Node.connect(city.node)
    port = CityCase.port_of(city.node)
    %{city: city, node: city.node, port: port, bystander: start_bystander(city.node)}
  end

  # It watches the node, and a process of it, for all the tests.
  defp start_bystander(node) do
    test = self()

    pid =
      spawn(fn ->
        Process.flag(:trap_exit, true)
        Node.monitor(node, true)
        Process.monitor({:echo, node})
        send({:echo, node}, {self(), :who})
        receive(do: ({echo, :who} -> Process.link(echo)))
        send(test, {self(), :watching})
        bystand([])
      end)

    receive(do: ({^pid, :watching} -> pid))
  end

  defp bystand(seen) do
    receive do
      {:seen, who} ->
        send(who, {:seen, Enum.reverse(seen)})
        bystand(seen)

      event ->
        bystand([event | seen])
    end
  end

  defp undisturbed(bystander, node, port) do
    assert {took, {_, :served}} = CityCase.timed(fn -> CityCase.echo(node, :served) end)
    assert took < CityCase.patience(1_000), "a connected BEAM waited #{took} ms"
    name = CityCase.fresh_node("healthy")
    {took, healthy} = CityCase.timed(fn -> RawPeer.connect(port, name) end)
    assert took < CityCase.patience(1_000), "a new peer waited #{took} ms"
    RawPeer.close(healthy)
    send(bystander, {:seen, self()})
    assert_receive {:seen, []}, 2_000
  end

  @doc "A socket that has said its name."
  def introduced(port, name, flags \\ Wire.all_flags()) do
    socket = RawPeer.open(port)
    RawPeer.send_packet(socket, Wire.name(to_string(name), flags))
    socket
  end

  @doc "The answer to a first packet: its status, `:closed` or `:silence`. A refusal closes, too."
  def answer(port, message) do
    socket = RawPeer.open(port)
    RawPeer.send_packet(socket, message)
    status = RawPeer.status(socket)
    if status not in [:closed, "ok"], do: assert(RawPeer.ending(socket, 1_000) == :closed)
    :gen_tcp.close(socket)
    status
  end

  @doc "A peer of a fresh name that is up."
  def peer(%{port: port}, options \\ []) do
    RawPeer.connect(port, CityCase.fresh_node("raw"), options)
  end

  @doc "As peer/2, with a process of the city that is there for this peer only: `peer.echo`."
  def peer_with_target(context, options \\ []) do
    peer = peer(context, [{:echo, false} | options])
    %{peer | echo: RawPeer.spawn(peer, Elixir.City, :echo)}
  end

  @doc "A new peer does `work`, and is hung up on for it within three seconds."
  def assert_closed(context, options \\ [], work) do
    peer = peer_with_target(context, options)
    work.(peer)
    {took, ending} = CityCase.timed(fn -> RawPeer.ending(peer) end)
    assert ending == :closed
    assert took < CityCase.patience(2_500)
  end

  @doc "A new peer does `work`, and is served as before; its result is that of `work`."
  def assert_served(context, options \\ [], work) do
    peer = peer_with_target(context, options)
    result = work.(peer)
    assert RawPeer.served?(peer)
    RawPeer.close(peer)
    result
  end
end

defmodule HostileTest do
  @moduledoc "Strangers who do not keep to the protocol disturb nobody else."
  use CityCase

  setup %{node: node}, do: %{port: port_of(node)}

  defp open(port, options \\ []) do
    :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, {:active, false} | options], 5_000)
  end

  # A healthy peer is served within a second: one that is connected, and one that comes anew.
  defp serves_quickly(node) do
    assert {took, {_, :served}} = timed(fn -> echo(node, :served) end)
    assert took < 1_000
    Node.disconnect(node)
    assert {took, true} = timed(fn -> Node.connect(node) end)
    assert took < 1_000
    assert {_, :served} = echo(node, :served)
  end

  test "random bytes", %{node: node, port: port} do
    :rand.seed(:exsss, {1, 2, 3})

    for size <- [1, 2, 3, 7, 64, 1_000, 100_000], _ <- 1..10 do
      {:ok, socket} = open(port)
      :gen_tcp.send(socket, :rand.bytes(size))
      :gen_tcp.close(socket)
    end

    serves_quickly(node)
  end

  test "a handshake packet that announces more than it may", %{node: node, port: port} do
    for head <- [<<0xFFFF::16>>, <<0::16>>, <<0xFFFF::16, "N">>, <<9::16, "n", 0::64>>] do
      {:ok, socket} = open(port)
      :gen_tcp.send(socket, head)
      :gen_tcp.close(socket)
    end

    serves_quickly(node)
  end

  test "hundreds who connect and say nothing", %{node: node, port: port} do
    sockets = for _ <- 1..400, {:ok, socket} <- [open(port)], do: socket
    assert length(sockets) > 100
    serves_quickly(node)
    # And half a handshake each.
    for socket <- sockets, do: :gen_tcp.send(socket, <<0, 40, "N">>)
    serves_quickly(node)
    for socket <- sockets, do: :gen_tcp.close(socket)
    serves_quickly(node)
  end

  @tag timeout: 60_000
  test "a handshake that stops half way is given up", %{port: port} do
    {:ok, socket} = open(port)
    name = "half@127.0.0.1"
    flags = 0xD07DF7FBD
    packet = <<"N", flags::64, 1::32, byte_size(name)::16, name::binary>>
    :ok = :gen_tcp.send(socket, <<byte_size(packet)::16, packet::binary>>)
    # Its status and its challenge come; then nothing is said, until it closes.
    assert {:ok, _} = :gen_tcp.recv(socket, 0, 5_000)
    assert {:error, :closed} = read_to_the_end(socket)
  end

  defp read_to_the_end(socket) do
    case :gen_tcp.recv(socket, 0, 20_000) do
      {:ok, _} -> read_to_the_end(socket)
      other -> other
    end
  end
end

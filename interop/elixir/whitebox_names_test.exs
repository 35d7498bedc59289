defmodule WhiteboxNamesTest do
  @moduledoc "The flags and names that those who dial the city introduce themselves with, right and wrong."
  use HostileCase, member: ["--setup-time", 1_500]

  # -- flags -----------------------------------------------------------------------------------------

  for bit <- Wire.mandatory_since_25() ++ Wire.mandatory_since_26() do
    test "without flag #{bit}, and without the digest bit, it is not allowed", %{port: port, city: city} do
      name = fresh_node("raw")
      flags = Wire.without(Wire.all_flags(), [unquote(bit), 26])
      assert answer(port, Wire.name(to_string(name), flags)) == "not_allowed"
      assert Program.await_line(city, ~r/^refused #{name}: .*offers no /)
    end
  end

  test "the digest bit stands for what OTP 25 made mandatory", context do
    for bit <- Wire.mandatory_since_25() do
      peer = peer(context, flags: Wire.without(Wire.all_flags(), [bit]))
      RawPeer.close(peer)
    end

    RawPeer.close(peer(context, flags: Wire.bits([25, 26, 34])))
  end

  test "but not for what OTP 26 added: alone it is not allowed, nor are no flags at all", %{port: port} do
    for flags <- [Wire.bits([26]), Wire.bits([25, 26]), Wire.bits([26, 34]), 0, 1, Wire.bits([36])] do
      assert answer(port, Wire.name("#{fresh_node("raw")}", flags)) == "not_allowed"
    end
  end

  test "explicit mandatory flags without the digest bit will do, and so will all 64 but NAME_ME", context do
    RawPeer.close(peer(context, flags: Wire.bits(Wire.mandatory_since_25() ++ Wire.mandatory_since_26())))
    everything = Wire.without(0xFFFF_FFFF_FFFF_FFFF, [33])
    assert peer(context, flags: everything) |> RawPeer.served?()
  end

  # -- names -----------------------------------------------------------------------------------------

  for {what, name} <- [
        {"no @", "raw"},
        {"two @", "raw@b@c"},
        {"an empty first half", "@127.0.0.1"},
        {"an empty second half", "raw@"},
        {"nothing but an @", "@"},
        {"nothing at all", ""},
        {"a NUL", <<"raw", 0, "@127.0.0.1">>},
        {"256 bytes", String.duplicate("r", 246) <> "@127.0.0.1"},
        {"1000 bytes", String.duplicate("r", 990) <> "@127.0.0.1"}
      ] do
    test "a name of #{what} is hung up on without a status", %{port: port} do
      assert answer(port, Wire.name(unquote(name))) == :closed
      assert answer(port, Wire.old_name(unquote(name))) == :closed
    end
  end

  test "a name of 255 bytes is served", %{port: port} do
    name = :"#{String.duplicate("r", 245)}@127.0.0.1"
    assert port |> RawPeer.connect(name) |> RawPeer.served?()
  end

  test "its own name is told nok", %{port: port, node: node} do
    assert answer(port, Wire.name(to_string(node))) == "nok"
  end

  test "a name longer than its packet, or shorter, or of 65535 bytes", context do
    flags = Wire.all_flags()
    assert answer(context.port, <<"N", flags::64, 9::32, 12::16, "a@127.0.0.1">>) == :closed
    assert answer(context.port, <<"N", flags::64, 9::32, 0xFFFF::16, "a@127.0.0.1">>) == :closed
    # What stands behind the name is for the future.
    name = to_string(fresh_node("raw"))
    socket = RawPeer.open(context.port)
    RawPeer.send_packet(socket, Wire.name(name) <> "and more to come")
    assert RawPeer.status(socket) == "ok"
    assert socket |> RawPeer.finish(String.to_atom(name)) |> RawPeer.served?()
  end

  test "creation 0, and those that OTP avoids, are served", context do
    for creation <- [0, 1, 3, 0xFFFF_FFFF], do: assert(peer(context, creation: creation) |> RawPeer.served?())
  end

  test "who asks for a name gets one, once the cookie is proven", %{port: port} do
    socket = introduced(port, "127.0.0.1", Bitwise.bor(Wire.all_flags(), Wire.name_me()))
    assert "named:" <> <<size::16, name::binary-size(size), creation::32>> = RawPeer.status(socket)
    assert creation > 3
    assert name =~ ~r/^[0-9A-Z]+@127\.0\.0\.1$/
    peer = RawPeer.finish(socket, String.to_atom(name), creation: creation)
    assert RawPeer.served?(peer)
  end

  test "who asks for a name but has one, or has an impossible or too long host, gets none", %{port: port} do
    asking = Bitwise.bor(Wire.all_flags(), Wire.name_me())

    for {host, status} <- [
          {"raw@127.0.0.1", :closed},
          {"", :closed},
          {"@", :closed},
          {String.duplicate("h", 255), "not_allowed"},
          {String.duplicate("h", 242), "not_allowed"},
          {String.duplicate("h", 300), :closed}
        ] do
      assert answer(port, Wire.name(host, asking)) == status
    end
  end
end

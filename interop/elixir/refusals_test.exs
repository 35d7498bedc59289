defmodule RefusalsTest do
  @moduledoc "A city that cannot stand says why in one sentence, quickly, with an exit status of its own."
  use CityCase
  @moduletag city: false

  defp refuses(status, pattern, arguments) do
    {took, {got, errors}} = timed(fn -> Program.await_exit(Program.start(:city, arguments), 20_000) end)
    assert {got, took < 8_000} == {status, true}
    assert [sentence] = String.split(errors, "\n", trim: true)
    assert sentence =~ pattern
  end

  defp stranger(more), do: ["--name", fresh_node("city"), "--cookie", cookie()] ++ more

  test "arguments that nobody knows", do: refuses(64, ~r/--frobnicate/, stranger(["--frobnicate"]))

  test "malformed names" do
    for name <- ["", "@", "city", "city@", "a@b@c", "city a@127.0.0.1"] do
      refuses(65, ~r/name/, ["--name", name, "--cookie", cookie()])
    end

    refuses(65, ~r/nowhere at all/, stranger(["--connect", "nowhere at all"]))
  end

  test "a name that is taken, by a city or by a BEAM" do
    city = start_city(fresh_node("city"))
    refuses(66, ~r/#{city.node}/, ["--name", city.node, "--cookie", cookie()])
    refuses(66, ~r/#{node()}/, ["--name", node(), "--cookie", cookie()])
    assert {_, "unmoved"} = echo(city.node, "unmoved")
  end

  test "a node that nobody knows" do
    refuses(67, ~r/nobody@127\.0\.0\.1/, stranger(["--connect", "nobody@127.0.0.1"]))
  end

  test "a node whose port is closed" do
    {:ok, listener} = :gen_tcp.listen(0, ip: {127, 0, 0, 1})
    {:ok, port} = :inet.port(listener)
    :gen_tcp.close(listener)
    epmd_port = String.to_integer(System.get_env("ERL_EPMD_PORT"))
    {:ok, epmd} = :gen_tcp.connect({127, 0, 0, 1}, epmd_port, [:binary, packet: 2, active: false])
    :ok = :gen_tcp.send(epmd, <<120, port::16, 77, 0, 6::16, 5::16, 6::16, "closed", 0::16>>)
    # epmd's answer has no length in front of it.
    :inet.setopts(epmd, packet: 0)
    assert {:ok, <<_, 0, _::binary>>} = :gen_tcp.recv(epmd, 0, 5_000)
    refuses(68, ~r/closed@127\.0\.0\.1/, stranger(["--connect", "closed@127.0.0.1"]))
    :gen_tcp.close(epmd)
  end

  test "another cookie, and with the right one it works" do
    name = fresh_node("city")
    refuses(69, ~r/cookie/, ["--name", name, "--cookie", "burger", "--connect", node()])
    start_city(name, ["--connect", node()])
  end
end

defmodule EpmdTest do
  @moduledoc "A city and an epmd of its own, which comes and goes."
  use CityCase
  @moduletag city: false

  setup do
    {:ok, listener} = :gen_tcp.listen(0, ip: {127, 0, 0, 1})
    {:ok, port} = :inet.port(listener)
    :gen_tcp.close(listener)
    on_exit(fn -> ask(port, "k") end)
    %{port: port}
  end

  # One request of epmd's protocol: "n" for the names it knows, "k" to end it.
  defp ask(port, request) do
    with {:ok, socket} <- :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false]) do
      :gen_tcp.send(socket, [<<byte_size(request)::16>>, request])
      all(socket, "")
    end
  end

  defp all(socket, so_far) do
    case :gen_tcp.recv(socket, 0, 2_000) do
      {:ok, more} -> all(socket, so_far <> more)
      {:error, _} -> so_far
    end
  end

  defp start_epmd(port), do: Program.start(:epmd, ["-port", port, "-address", "127.0.0.1"])

  defp knows(port, line) do
    Eventually.get(8_000, "epmd to know #{inspect(line)}", fn -> ask(port, "n") end, fn
      answer when is_binary(answer) -> answer =~ line
      {:error, _} -> false
    end)
  end

  defp start_city_with_epmd(node, port) do
    arguments = ["--name", node, "--cookie", cookie()]
    city = Program.start(:city, arguments, node, [{"ERL_EPMD_PORT", port}])
    on_exit(fn -> end_city(city) end)
    [_, own_port] = Regex.run(~r/port (\d+)$/, Program.await_line(city, ~r/is up/))
    Program.await_line(city, ~r/^READY$/)
    [short, _] = node |> to_string() |> String.split("@")
    {city, "name #{short} at port #{own_port}\n"}
  end

  test "a city registers anew, as before, when its epmd was killed and is back", %{port: port} do
    epmd = start_epmd(port)
    {city, line} = start_city_with_epmd(fresh_node("city"), port)
    assert knows(port, line)

    for _ <- 1..3 do
      Program.signal(epmd, "KILL")
      Program.await_exit(epmd)
      # It may be this one or one that the city started: the city is in it.
      start_epmd(port)
      assert knows(port, line)
    end

    assert Program.exit_status(city) == nil
  end

  test "where nothing listens, a city starts epmd itself", %{port: port} do
    {_city, line} = start_city_with_epmd(fresh_node("city"), port)
    assert knows(port, line)
  end
end

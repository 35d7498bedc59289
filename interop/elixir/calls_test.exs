defmodule CallsTest do
  use CityCase

  test "the counter counts", %{node: node} do
    assert GenServer.call({:counter, node}, {:add, 2}) == 2
    assert GenServer.call({:counter, node}, {:add, 40}) == 42
    assert GenServer.call({:counter, node}, {:add, -50}) == -8
    assert :gen_server.call({:counter, node}, {:add, 8}) == 0
  end

  test "requests by send_request are answered too, and many callers at once", %{node: node} do
    request = :gen_server.send_request({:counter, node}, {:add, 0})
    assert {:reply, 0} = :gen_server.receive_response(request, 5_000)

    1..200
    |> Enum.map(fn _ -> Task.async(fn -> GenServer.call({:counter, node}, {:add, 1}) end) end)
    |> Task.await_many(10_000)
    |> Enum.sort()
    |> then(&assert &1 == Enum.to_list(1..200))
  end

  test "a call to a name that is not there exits with noproc, at once", %{node: node} do
    {took, reason} =
      timed(fn -> catch_exit(GenServer.call({:no_such_server, node}, :anything, 60_000)) end)

    assert {:noproc, {GenServer, :call, _}} = reason
    assert took < 2_000
  end

  test "a call that the counter does not know ends the counter with its reason, not the city", %{node: node} do
    reason = catch_exit(GenServer.call({:counter, node}, {:multiply, 2}))
    assert {{:bad_call, {:multiply, 2}}, {GenServer, :call, _}} = reason
    assert {_, "alive"} = echo(node, "alive")
  end

  test "erpc calls a function of the city", %{node: node} do
    assert :erpc.call(node, City, :hello, ["city_b"]) == "Hello city_b, this is C++ on #{node}"
    assert :erpc.call(node, City, :hello, ["Łódź"], 5_000) == "Hello Łódź, this is C++ on #{node}"
  end

  test "erpc to an unknown function raises undef with its stack", %{node: node} do
    for arguments <- [[], [1, :two]] do
      assert {:exception, :undef, [{City, :no_such_function, ^arguments, info}]} =
               catch_error(:erpc.call(node, City, :no_such_function, arguments))

      assert is_list(info)
    end

    assert {:exception, :undef, [{NoSuchModule, :f, [], _}]} =
             catch_error(:erpc.call(node, NoSuchModule, :f, []))
  end

  test "rpc answers as it does for a BEAM", %{node: node} do
    assert :rpc.call(node, City, :hello, ["rpc"]) == "Hello rpc, this is C++ on #{node}"

    assert {:badrpc, {:EXIT, {:undef, [{City, :no_such_function, [], _}]}}} =
             :rpc.call(node, City, :no_such_function, [])

    key = :rpc.async_call(node, City, :hello, ["later"])
    assert :rpc.yield(key) == "Hello later, this is C++ on #{node}"
  end

  test "a multicall tells the good from the bad", %{node: node} do
    nowhere = :"nowhere@127.0.0.1"

    assert [ok: "Hello all, this is C++ on " <> _, error: {:erpc, :noconnection}] =
             :erpc.multicall([node, nowhere], City, :hello, ["all"], 5_000)

    assert {["Hello all, this is C++ on " <> _], [^nowhere]} =
             :rpc.multicall([node, nowhere], City, :hello, ["all"], 5_000)
  end

  test "erpc casts run without an answer", %{node: node} do
    assert :erpc.cast(node, City, :greet, [self()]) == :ok
    assert_receive {:greetings, _}, 5_000
    assert :rpc.cast(node, City, :greet, [self()]) == true
    assert_receive {:greetings, _}, 5_000
    assert :erpc.cast(node, City, :no_such_function, []) == :ok
    assert {_, "alive"} = echo(node, "alive")
  end

  test "many requests at once each get their own answer", %{node: node} do
    1..500
    |> Enum.map(fn i -> {i, :erpc.send_request(node, City, :hello, ["#{i}"])} end)
    |> Enum.each(fn {i, request} ->
      assert :erpc.receive_response(request, 10_000) == "Hello #{i}, this is C++ on #{node}"
    end)
  end

  test "a call is cut short when the city dies", %{city: city, node: node} do
    Program.signal(city, "STOP")
    Process.sleep(200)
    call = Task.async(fn -> catch_exit(GenServer.call({:counter, node}, {:add, 1}, 60_000)) end)
    request = :erpc.send_request(node, City, :hello, ["nobody"])
    Process.sleep(200)
    Program.signal(city, "KILL")
    assert {{:nodedown, ^node}, {GenServer, :call, _}} = Task.await(call)
    assert {:erpc, :noconnection} = catch_error(:erpc.receive_response(request, 5_000))
    assert {137, ""} = Program.await_exit(city)
  end
end

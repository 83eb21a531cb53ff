"""An MQTT broker hears what the app reads, and may tell it something back. It needs the extra `mqtt`.

address: where the broker is, and under which prefix this device's topics are.
events: which readings are news.
health: how the device is.
discovery: what Home Assistant is told of the device.
outbox: what is not delivered yet, in bounded room, on the disk if asked for.
connection: a thread of its own that connects, delivers, and connects again; `output` makes it an output of the app.
"""

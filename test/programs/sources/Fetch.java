import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/** Prints what a URL has to say. */
public class Fetch {
  public static void main(String[] arguments) throws Exception {
    var answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(arguments[0])).build(), BodyHandlers.ofString());
    System.out.print(answer.statusCode() + " " + answer.body());
  }
}
